/** The left column: who one is, channels, direct messages, and the app. */

import { channelsOf, conversationTitle, directMessagesOf, isAppConversation, people } from "./directory.js";
import { avatar, fill, h, icon } from "./dom.js";
import { badgeOf } from "./message.js";
import { openMenu } from "./popup.js";

export function createSidebar(page) {
  const head = h("div", { class: "sidebar-head" });
  const lists = h("div", { class: "sidebar-lists", onkeydown: moveByArrows });
  const element = h("nav", { class: "sidebar", "aria-label": "Conversations" }, head, lists);
  let drawn = "";

  function update() {
    const { store, ui } = page;
    const seen = JSON.stringify([store.me, store.status, store.workspace, ui.channel, [...store.unread]]);
    if (seen === drawn) return;
    drawn = seen;
    const focused = lists.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    fill(head, teamName(store), personSwitcher(page));
    fill(lists, conversationLists(page), shortcutList(page));
    if (focused) lists.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  }

  return { element, update };
}

function teamName({ workspace, status }) {
  const live = status === "live";
  const light = h("span", { class: `light ${status}`, role: "img", "aria-label": live ? "Live" : "Reconnecting" });
  return h("p", { class: "team" }, h("strong", {}, workspace.team.name), h("span", { class: "team-note" }, light, live ? "Simulated workspace" : "Reconnecting…"));
}

// ----------------------------------------------------------------------------------- who one is

function personSwitcher(page) {
  const me = page.store.user(page.store.me);
  const open = (event) => openMenu(event.currentTarget, peopleItems(page), { label: "Be another person", className: "people" });
  return h(
    "button",
    { type: "button", class: "switcher", "aria-haspopup": "menu", onclick: open },
    avatar(me.real_name, "small"),
    h("span", { class: "switcher-name" }, h("small", {}, "You are:"), " ", h("bdi", {}, me.real_name)),
    icon("down"),
  );
}

function peopleItems(page) {
  return people(page.store).map((user) => ({
    text: user.real_name,
    detail: [user.title, badgeOf(user)].filter(Boolean).join(" · "),
    checked: user.id === page.store.me,
    lead: avatar(user.real_name, "small"),
    choose: () => page.become(user.id),
  }));
}

// ---------------------------------------------------------------------------------------- lists

function conversationLists(page) {
  const { store } = page;
  const direct = directMessagesOf(store);
  const apps = direct.filter((channel) => isAppConversation(store, channel));
  const persons = direct.filter((channel) => !apps.includes(channel));
  const archived = store.workspace.channels.filter((channel) => channel.is_archived);
  return [
    section("Channels", [...channelsOf(store), ...archived], page),
    persons.length > 0 && section("Direct messages", persons, page),
    section("Apps", apps, page),
  ];
}

function section(title, channels, page) {
  return h("section", {}, h("h2", {}, title), h("ul", {}, channels.map((channel) => h("li", {}, conversation(channel, page)))));
}

function conversation(channel, page) {
  const { store, ui } = page;
  const unread = store.unread.get(channel.id) ?? 0;
  const classes = ["conversation", unread && "unread", channel.is_archived && "archived"].filter(Boolean).join(" ");
  return h(
    "button",
    {
      type: "button",
      class: classes,
      dataset: { channel: channel.id },
      "aria-current": channel.id === ui.channel ? "page" : null,
      onclick: () => page.openChannel(channel.id),
    },
    sign(channel, store),
    h("span", { class: "conversation-name" }, channel.is_im ? conversationTitle(store, channel) : channel.name),
    channel.is_archived && h("small", {}, "archived"),
    unread > 0 && h("span", { class: "count", "aria-label": `${unread} unread` }, String(unread)),
  );
}

function sign(channel, store) {
  if (channel.is_im) {
    return avatar(conversationTitle(store, channel), isAppConversation(store, channel) ? "tiny app" : "tiny");
  }
  return h("span", { class: "sign", "aria-hidden": "true" }, channel.is_private ? icon("lock") : "#");
}

function shortcutList(page) {
  const { store } = page;
  const shortcuts = store.workspace.shortcuts.filter((shortcut) => shortcut.type === "global");
  if (!shortcuts.length) return null;
  const button = (shortcut) =>
    h(
      "button",
      { type: "button", class: "conversation", onclick: () => page.shortcut(shortcut.callback_id) },
      h("span", { class: "sign" }, icon("bolt")),
      h("span", { class: "conversation-name" }, shortcut.name),
    );
  return h("section", {}, h("h2", {}, "Shortcuts"), h("ul", {}, shortcuts.map((shortcut) => h("li", {}, button(shortcut)))));
}

function moveByArrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
