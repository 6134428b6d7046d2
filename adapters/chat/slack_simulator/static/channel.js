/** The middle: a channel's heading, its messages and the box to write in; for the app also its Home. */

import { renderBlocks } from "./blocks.js";
import { createComposer } from "./composer.js";
import { conversationTitle, isAppConversation } from "./directory.js";
import { fill, h, icon } from "./dom.js";
import { viewSurface } from "./modal.js";
import { channelMessages, createTimeline } from "./timeline.js";

export function createChannelPane(page) {
  const head = h("header", { class: "pane-head" });
  const timeline = createTimeline(page, { label: "Messages" });
  const composer = createComposer(page.store, {
    label: "Message",
    commands: true,
    send: (text) => page.say(text),
    onArrowUp: () => page.editLast(),
  });
  const home = h("div", { class: "home", hidden: true });
  const join = h("div", { class: "join", hidden: true });
  const element = h("main", { class: "pane channel", id: "conversation" }, head, home, timeline.element, join, composer.element);
  const drawn = {};

  function update() {
    const { store, ui } = page;
    const channel = store.channel(ui.channel);
    if (!channel) return;
    const atHome = ui.tab === "home" && isAppConversation(store, channel);
    once(drawn, "head", [channel, ui.tab, store.me, store.status], () => fill(head, heading(page, channel)));
    const outside = !channel.members.includes(store.me);
    home.hidden = !atHome;
    timeline.element.hidden = atHome;
    join.hidden = !outside;
    composer.element.hidden = atHome || outside;
    if (outside) once(drawn, "join", [channel.name], () => fill(join, invitation(page, channel)));
    if (atHome) once(drawn, "home", [store.home, store.me], () => fill(home, homeContent(page)));
    else timeline.show(channel.id, channel, channelMessages(store, channel.id));
    composer.relabel(channel.is_archived ? "This channel is archived" : `Message ${conversationTitle(store, channel)}`, channel.is_archived);
  }

  return { element, update, focus: composer.focus };
}

/** Draw only when what is shown differs from what was drawn. */
function once(drawn, name, seen, draw) {
  const signature = JSON.stringify(seen);
  if (drawn[name] === signature) return;
  drawn[name] = signature;
  draw();
}

function heading(page, channel) {
  const { store } = page;
  const menu = h("button", { type: "button", class: "tool menu-button", "aria-label": "Conversations", onclick: page.toggleSidebar }, icon("menu"));
  const title = h("h1", {}, channel.is_private && !channel.is_im && icon("lock"), conversationTitle(store, channel));
  if (isAppConversation(store, channel)) return [menu, title, tabs(page)];
  const facts = [channel.members && `${channel.members.length} members`, channel.is_archived && "archived", !channel.bot_is_member && `${store.workspace.app.name} is not in this channel`];
  return [menu, title, h("p", { class: "topic" }, [channel.topic, ...facts].filter(Boolean).join(" · "))];
}

function invitation(page, channel) {
  const button = h("button", { type: "button", class: "button primary", onclick: () => page.join(channel.id) }, "Join channel");
  return [h("p", {}, `You're not in #${channel.name} yet.`), button];
}

function tabs(page) {
  const names = { home: "Home", messages: "Messages" };
  const tab = (name) =>
    h("button", { type: "button", role: "tab", "aria-selected": String(page.ui.tab === name), tabindex: page.ui.tab === name ? 0 : -1, onclick: () => page.openTab(name) }, names[name]);
  const move = (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = page.ui.tab === "home" ? "messages" : "home";
    page.openTab(other).then(() => page.root.querySelector(".tabs [aria-selected=true]")?.focus());
  };
  return h("div", { class: "tabs", role: "tablist", "aria-label": page.store.workspace.app.name, onkeydown: move }, Object.keys(names).map(tab));
}

function homeContent(page) {
  const view = page.store.home;
  if (!view) return h("p", { class: "empty" }, "The app hasn't published a Home for you yet.");
  return h("div", { class: "home-body" }, renderBlocks(view.blocks, viewSurface(page, view)));
}
