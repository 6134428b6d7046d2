/** The middle: a heading, the messages and the box to write in; for the app also its Home. */

import { renderBlocks } from "./blocks.js";
import { createComposer } from "./composer.js";
import { conversationTitle, isAppConversation } from "./directory.js";
import { button, fill, h, icon, refill, tool } from "./dom.js";
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
  const element = h(
    "main",
    { class: "pane channel", id: "conversation" },
    head,
    home,
    timeline.element,
    join,
    composer.element,
  );
  const drawn = {};

  function update() {
    const { store, ui } = page;
    const channel = store.channel(ui.channel);
    if (!channel) return;
    const isHome = ui.tab === "home" && isAppConversation(store, channel);
    const isOutside = !channel.members.includes(store.me);
    home.hidden = !isHome;
    timeline.element.hidden = isHome;
    join.hidden = !isOutside;
    composer.element.hidden = isHome || isOutside;
    once(drawn, "head", [channel, ui.tab], () =>
      refill(head, "[aria-selected=true]", heading(page, channel)),
    );
    once(drawn, "join", [channel.name], () => fill(join, invitation(page, channel)));
    once(drawn, "home", [store.home, store.me], () => fill(home, homeContent(page)));
    if (!isHome) timeline.show(channel.id, channel, channelMessages(store, channel.id));
    composer.relabel(promptFor(store, channel), channel.is_archived);
  }

  return { element, update, focus: composer.focus };
}

function promptFor(store, channel) {
  return channel.is_archived
    ? "This channel is archived"
    : `Message ${conversationTitle(store, channel)}`;
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
  const menu = tool("menu", "Conversations", page.toggleSidebar, "menu-button");
  const isLocked = channel.is_private && !channel.is_im;
  const title = h("h1", {}, isLocked && icon("lock"), conversationTitle(store, channel));
  if (isAppConversation(store, channel)) return [menu, title, tabs(page)];
  const facts = [
    channel.topic,
    `${channel.members.length} members`,
    channel.is_archived && "archived",
    !channel.bot_is_member && `${store.workspace.app.name} is not in this channel`,
  ];
  return [menu, title, h("p", { class: "topic" }, facts.filter(Boolean).join(" · "))];
}

function invitation(page, channel) {
  const join = () => page.join(channel.id);
  return [
    h("p", {}, `You're not in #${channel.name} yet.`),
    button({ class: "button primary", onclick: join }, "Join channel"),
  ];
}

const TABS = { home: "Home", messages: "Messages" };

function tabs(page) {
  const turn = ({ key }) => {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    page.openTab(page.ui.tab === "home" ? "messages" : "home");
  };
  const label = page.store.workspace.app.name;
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: turn });
  return fill(
    list,
    Object.keys(TABS).map((name) => tab(page, name)),
  );
}

function tab(page, name) {
  const isShown = page.ui.tab === name;
  const properties = {
    role: "tab",
    "aria-selected": String(isShown),
    tabindex: isShown ? 0 : -1,
    onclick: () => page.openTab(name),
  };
  return button(properties, TABS[name]);
}

function homeContent(page) {
  const view = page.store.home;
  if (!view) return h("p", { class: "empty" }, "The app hasn't published a Home for you yet.");
  return h("div", { class: "home-body" }, renderBlocks(view.blocks, viewSurface(page, view)));
}
