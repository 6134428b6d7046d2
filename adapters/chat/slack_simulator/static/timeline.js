/** A list of messages: channel or thread, with days between them, staying where one reads. */

import { dayKey, dayText } from "./dates.js";
import { button, h, reconcile } from "./dom.js";
import { renderMessage } from "./message.js";
import { isAtEnd, keepAtEnd } from "./scrolling.js";

const TOGETHER_S = 300;

/**
 * @param {object} page     see workspace.js
 * @param {object} options  label: for screen readers; inThread
 * @returns {{element, show(place, channel, messages)}}
 */
export function createTimeline(page, { label, inThread = false }) {
  const list = h("ol", {
    class: "messages",
    "aria-label": label,
    onkeydown: (event) => moveByArrows(event, list),
  });
  const newest = button({ class: "newest", hidden: true }, "Newest messages ↓");
  const scroller = h("div", { class: "scroller" }, list);
  const element = h("div", { class: "timeline" }, scroller, newest);
  const end = keepAtEnd(scroller, list);
  let shown = null;
  newest.addEventListener("click", end.go);
  scroller.addEventListener("scroll", () => {
    newest.hidden ||= isAtEnd(scroller);
  });

  /** `place` names what is shown; a new one is shown from its end. */
  function show(place, channel, messages) {
    const last = list.lastElementChild?.dataset.key;
    reconcile(list, entriesOf(page, channel, messages, inThread));
    makeReachable(list);
    if (place !== shown) end.go();
    else if (!end.isKept() && last !== list.lastElementChild?.dataset.key) newest.hidden = false;
    shown = place;
  }

  return { element, show };
}

function entriesOf(page, channel, messages, inThread) {
  const entries = [];
  let previous = null;
  for (const message of messages) {
    if (dayKey(message.ts) !== (previous && dayKey(previous.ts)))
      entries.push(dayEntry(message.ts));
    const continued = previous !== null && continues(message, previous);
    entries.push(messageEntry(page, message, { channel, inThread, continued }));
    if (inThread && previous === null && messages.length > 1)
      entries.push(replyCount(messages.length - 1));
    previous = message;
  }
  return entries;
}

function dayEntry(ts) {
  const text = dayText(ts);
  const render = () => h("li", { class: "day", role: "separator" }, h("span", {}, text));
  return { key: `day ${dayKey(ts)}`, signature: text, render };
}

function replyCount(count) {
  const text = count === 1 ? "1 reply" : `${count} replies`;
  return {
    key: "replies",
    signature: text,
    render: () => h("li", { class: "reply-count", role: "separator" }, text),
  };
}

function messageEntry(page, message, place) {
  const { channel, inThread, continued } = place;
  const seen = [
    message,
    page.store.me,
    channel.id,
    continued,
    page.ui.editing === message.ts,
    dayText(message.ts),
  ];
  return {
    key: message.isPrivate ? message.id : message.ts,
    signature: JSON.stringify(seen),
    render: () => renderMessage(page, message, { channel, inThread, continued }),
  };
}

/** Whether a message follows its predecessor closely enough to stand under the same name. */
function continues(message, previous) {
  const same = ["user", "bot_id", "username", "isPrivate", "subtype"].every(
    (name) => message[name] === previous[name],
  );
  const close = message.ts - previous.ts < TOGETHER_S && dayKey(message.ts) === dayKey(previous.ts);
  return same && close && !message.isPrivate && !previous.reply_count;
}

// One row is reachable with Tab; arrow keys lead to the others.
function makeReachable(list) {
  const rows = [...list.querySelectorAll(":scope > .message")];
  const current = rows.find((row) => row.contains(document.activeElement)) ?? rows.at(-1);
  for (const row of rows) row.tabIndex = row === current ? 0 : -1;
}

function moveByArrows(event, list) {
  const rows = [...list.querySelectorAll(":scope > .message")];
  const at = rows.indexOf(event.target);
  if (at < 0) return;
  const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
  if (event.key === "Enter")
    event.target.querySelector(".thread-link, [aria-label='Reply in thread']")?.click();
  if (!rows[next]) return;
  event.preventDefault();
  rows[at].tabIndex = -1;
  rows[next].tabIndex = 0;
  rows[next].focus();
}

/** Messages of the channel itself and the private ones among them, in order of time. */
export function channelMessages(store, channel) {
  const own = (store.messages.get(channel) ?? []).filter(
    (message) =>
      !message.thread_ts ||
      message.thread_ts === message.ts ||
      message.subtype === "thread_broadcast",
  );
  return merged(own, privatesIn(store, channel, null));
}

export function threadMessages(store, channel, ts) {
  return merged(store.threads.get(`${channel}/${ts}`) ?? [], privatesIn(store, channel, ts));
}

function privatesIn(store, channel, thread) {
  return store.privates
    .filter(
      (message) =>
        message.channel === channel &&
        (message.thread_ts ?? null) === thread &&
        !store.dismissed.has(message.id),
    )
    .map((message) => ({ ...message, isPrivate: true, user: store.workspace.app.bot_user_id }));
}

function merged(...lists) {
  return lists
    .flat()
    .sort((one, other) => one.ts - other.ts || String(one.ts).localeCompare(other.ts));
}
