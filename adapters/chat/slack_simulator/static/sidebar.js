/** The left column: who one is, channels, direct messages, and the app. */

import {
  badgeOf,
  channelsOf,
  conversationTitle,
  directMessagesOf,
  isAppConversation,
  people,
} from "./directory.js";
import { avatar, button, h, icon, refill } from "./dom.js";
import { openMenu } from "./popup.js";

export function createSidebar(page) {
  const head = h("div", { class: "sidebar-head" });
  const lists = h("div", { class: "sidebar-lists", onkeydown: moveByArrows });
  const element = h("nav", { class: "sidebar", "aria-label": "Conversations" }, head, lists);
  let drawn = "";

  function update() {
    const { store, ui } = page;
    const seen = JSON.stringify([
      store.me,
      store.status,
      store.workspace,
      ui.channel,
      [...store.unread],
    ]);
    if (seen === drawn) return;
    drawn = seen;
    const { channel } = document.activeElement.dataset;
    refill(head, ".switcher", teamName(store), personSwitcher(page));
    refill(lists, `[data-channel="${channel}"]`, conversationLists(page), shortcutList(page));
  }

  return { element, update };
}

function teamName({ workspace, status }) {
  const live = status === "live";
  const light = h("span", {
    class: `light ${status}`,
    role: "img",
    "aria-label": live ? "Live" : "Reconnecting",
  });
  return h(
    "p",
    { class: "team" },
    h("strong", {}, workspace.team.name),
    h("span", { class: "team-note" }, light, live ? "Simulated workspace" : "Reconnecting…"),
  );
}

// ----------------------------------------------------------------------------------- who one is

function personSwitcher(page) {
  const me = page.store.user(page.store.me);
  const open = (event) =>
    openMenu(event.currentTarget, peopleItems(page), { label: "Be another person" });
  return button(
    { class: "switcher", "aria-haspopup": "menu", onclick: open },
    avatar(me.real_name, "small"),
    h(
      "span",
      { class: "switcher-name" },
      h("small", {}, "You are:"),
      " ",
      h("bdi", {}, me.real_name),
    ),
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
    section("Direct messages", persons, page),
    section("Apps", apps, page),
  ];
}

function section(title, channels, page) {
  return list(
    title,
    channels.map((channel) => conversation(channel, page)),
  );
}

function list(title, buttons) {
  if (!buttons.length) return null;
  const items = buttons.map((one) => h("li", {}, one));
  return h("section", {}, h("h2", {}, title), h("ul", {}, items));
}

function conversation(channel, page) {
  const { store, ui } = page;
  const unread = store.unread.get(channel.id) ?? 0;
  const classes = ["conversation", unread && "unread", channel.is_archived && "archived"]
    .filter(Boolean)
    .join(" ");
  const name = channel.is_im ? conversationTitle(store, channel) : channel.name;
  return button(
    {
      class: classes,
      dataset: { channel: channel.id },
      "aria-current": channel.id === ui.channel ? "page" : null,
      onclick: () => page.openChannel(channel.id),
    },
    sign(channel, store),
    h("span", { class: "conversation-name" }, name),
    channel.is_archived && h("small", {}, "archived"),
    unread > 0 && h("span", { class: "count", "aria-label": `${unread} unread` }, String(unread)),
  );
}

function sign(channel, store) {
  const look = isAppConversation(store, channel) ? "tiny app" : "tiny";
  if (channel.is_im) return avatar(conversationTitle(store, channel), look);
  const mark = channel.is_private ? icon("lock") : "#";
  return h("span", { class: "sign", "aria-hidden": "true" }, mark);
}

function shortcutList(page) {
  const shortcuts = page.store.workspace.shortcuts.filter((one) => one.type === "global");
  return list(
    "Shortcuts",
    shortcuts.map((shortcut) => shortcutButton(shortcut, page)),
  );
}

function shortcutButton({ callback_id, name }, page) {
  return button(
    { class: "conversation", onclick: () => page.shortcut(callback_id) },
    h("span", { class: "sign" }, icon("bolt")),
    h("span", { class: "conversation-name" }, name),
  );
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
