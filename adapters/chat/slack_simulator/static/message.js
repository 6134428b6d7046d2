/** One message as a row: who, when, what, and what one can do about it. */

import { renderBlocks } from "./blocks.js";
import { dateOf, dayText, fullText, timeText } from "./dates.js";
import { authorOf, badgeOf } from "./directory.js";
import { avatar, button, h, icon, tool } from "./dom.js";
import { emoji } from "./emoji.js";
import { openReactionPicker } from "./reactions.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { openMenu } from "./popup.js";

/**
 * @param {object} page     store, directory, ui and the things a person can do (see workspace.js)
 * @param {object} message  a Slack message, or a private one (`isPrivate`)
 * @param {object} place    channel; inThread; continued: same author just before, so no header
 */
export function renderMessage(page, message, place) {
  const author = authorOf(page.store, message);
  const classes = ["message", place.continued && "continued", message.isPrivate && "private"];
  return h(
    "li",
    { class: classes.filter(Boolean).join(" "), tabindex: -1, dataset: { ts: message.ts } },
    place.continued
      ? h("span", { class: "gutter-time", title: fullText(message.ts) }, timeText(message.ts))
      : face(author),
    h(
      "div",
      { class: "message-body" },
      message.isPrivate && h("p", { class: "private-mark" }, "Only visible to you"),
      !place.continued && header(author, message),
      content(page, message, place),
      reactions(page, message, place),
      !place.inThread && threadLink(page, message, place),
    ),
    toolbar(page, message, place),
  );
}

function face(author) {
  const made = avatar(author.name, author.byApp ? "app" : "");
  if (author.emoji) made.textContent = emoji(author.emoji.replaceAll(":", ""));
  return made;
}

function header(author, message) {
  const badge = author.byApp ? "APP" : badgeOf(author.user);
  return h(
    "p",
    { class: "message-header" },
    h("bdi", { class: "author" }, author.name),
    badge && h("span", { class: "badge" }, badge),
    clockTime(message.ts),
  );
}

function clockTime(ts) {
  const properties = { class: "time", datetime: dateOf(ts).toISOString(), title: fullText(ts) };
  return h("time", properties, timeText(ts));
}

/** Blocks that a person's own client made of typed text say nothing the text does not say. */
const drawnBlocks = (message) =>
  (message.blocks ?? []).filter((block) => block.type !== "rich_text");

function content(page, message, place) {
  if (page.ui.editing === message.ts) return page.editor(message, place);
  const blocks = drawnBlocks(message);
  const words = blocks.length
    ? renderBlocks(blocks, messageSurface(page, message, place))
    : renderMrkdwn(message.text, page.directory, { links: true });
  const classes = message.subtype === "me_message" ? "content me" : "content";
  return h(
    "div",
    { class: message.subtype === "tombstone" ? "content tombstone" : classes },
    words,
    (message.attachments ?? []).map((one) => attachment(page, one, message, place)),
    (message.files ?? []).map((file) =>
      h("p", { class: "file" }, `📎 ${file.name ?? file.title ?? "file"}`),
    ),
    message.edited &&
      h("span", { class: "edited", title: fullText(message.edited.ts) }, "(edited)"),
  );
}

/** Secondary content: an app's old-style attachment, or the preview of a link. */
function attachment(page, one, message, place) {
  const lines = [
    one.pretext,
    one.title && `*${one.title}*`,
    one.text ?? (one.blocks ? null : one.fallback),
    one.footer,
  ];
  return h(
    "div",
    { class: "attachment" },
    lines.filter(Boolean).map((line) => renderMrkdwn(line, page.directory, { links: true })),
    one.blocks && renderBlocks(one.blocks, messageSurface(page, message, place)),
  );
}

function messageSurface(page, message, place) {
  const where = { user: page.store.me, channel: place.channel.id, ts: message.ts };
  return {
    directory: page.directory,
    kept: page.keptFor(`${place.channel.id}/${message.ts}`),
    currentConversation: place.channel.id,
    act: (block_id, action_id, what) => page.act({ ...where, block_id, action_id, ...what }),
    options: (block_id, action_id, value) => page.options({ ...where, block_id, action_id, value }),
    confirm: page.confirm,
  };
}

function reactions(page, message, place) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions", role: "group", "aria-label": "Reactions" },
    message.reactions.map((one) => reaction(page, one, message, place)),
  );
}

function reaction(page, { name, users }, message, place) {
  const mine = users.includes(page.store.me);
  const who = users.map((user) => page.directory.nameOf(user)).join(", ");
  const toggle = () => page.react(place.channel.id, message.ts, name, mine);
  const properties = {
    class: "reaction",
    "aria-pressed": String(mine),
    title: `${who} · :${name}:`,
    onclick: toggle,
  };
  return button(properties, h("span", { class: "emoji" }, emoji(name)), String(users.length));
}

function threadLink(page, message, place) {
  if (!message.reply_count) return null;
  const faces = (message.reply_users ?? [])
    .slice(0, 4)
    .map((user) => avatar(page.directory.nameOf(user), "small"));
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  const last =
    message.latest_reply && `${dayText(message.latest_reply)} ${timeText(message.latest_reply)}`;
  const open = () => page.openThread(place.channel.id, message.ts);
  return button(
    { class: "thread-link", onclick: open },
    faces,
    h("strong", {}, count),
    last && h("span", { class: "quiet" }, `Last reply ${last}`),
  );
}

// ----------------------------------------------------------------------------------------- toolbar

function toolbar(page, message, place) {
  if (message.subtype === "tombstone") return null;
  const tools = message.isPrivate
    ? [tool("close", "Dismiss", () => page.dismiss(message))]
    : messageTools(page, message, place);
  return h("div", { class: "toolbar", role: "group", "aria-label": "Message actions" }, tools);
}

function messageTools(page, message, { channel, inThread }) {
  const react = (name) => page.react(channel.id, message.ts, name, false);
  const reply = () => page.openThread(channel.id, message.thread_ts ?? message.ts);
  const items = () => menuItems(page, message, channel);
  return [
    tool("smile", "Add reaction", (event) => openReactionPicker(event.currentTarget, react)),
    !inThread && tool("reply", "Reply in thread", reply),
    tool("more", "More actions", (event) =>
      openMenu(event.currentTarget, items(), { label: "Message actions" }),
    ),
  ];
}

function menuItems(page, message, channel) {
  const { store } = page;
  const shortcuts = store.workspace.shortcuts
    .filter((shortcut) => shortcut.type === "message")
    .map((shortcut) => ({
      text: shortcut.name,
      detail: store.workspace.app.name,
      lead: icon("bolt"),
      choose: () => page.shortcut(shortcut.callback_id, channel.id, message.ts),
    }));
  const copy = { text: "Copy text", choose: () => navigator.clipboard?.writeText(message.text) };
  const isOwn = message.user === store.me && !message.bot_id;
  return [...shortcuts, copy, ...(isOwn ? ownItems(page, message, channel) : [])];
}

function ownItems(page, message, channel) {
  const edit = { text: "Edit message", lead: icon("edit"), choose: () => page.edit(message.ts) };
  const remove = () => page.remove(channel.id, message.ts);
  return [edit, { text: "Delete message…", danger: true, choose: remove }];
}
