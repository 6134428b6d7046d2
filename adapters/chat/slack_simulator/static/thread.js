/** The thread beside the channel: the parent, its replies, and the box to reply in. */

import { createComposer } from "./composer.js";
import { conversationTitle } from "./directory.js";
import { fill, h, icon } from "./dom.js";
import { createTimeline, threadMessages } from "./timeline.js";

export function createThreadPane(page) {
  const head = h("header", { class: "pane-head" });
  const timeline = createTimeline(page, { label: "Thread", inThread: true });
  const composer = createComposer(page.store, { label: "Reply…", send: (text) => page.say(text, page.ui.thread), onCancel: page.closeThread });
  const element = h("aside", { class: "pane thread", "aria-label": "Thread", hidden: true }, head, timeline.element, composer.element);
  element.addEventListener("keydown", (event) => event.key === "Escape" && page.closeThread());

  function update() {
    const { store, ui } = page;
    const channel = store.channel(ui.channel);
    element.hidden = !ui.thread || !channel;
    if (element.hidden) return;
    const close = h("button", { type: "button", class: "tool", "aria-label": "Close thread", onclick: page.closeThread }, icon("close"));
    if (head.dataset.of !== channel.id) fill(head, h("h2", {}, "Thread"), h("p", { class: "topic" }, conversationTitle(store, channel)), close);
    head.dataset.of = channel.id;
    const messages = threadMessages(store, channel.id, ui.thread);
    timeline.show(ui.thread, channel, messages);
    const locked = messages[0]?.is_locked;
    composer.relabel(locked ? "This thread is locked" : "Reply…", locked);
  }

  return { element, update, focus: composer.focus };
}
