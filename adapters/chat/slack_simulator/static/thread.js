/** The thread beside the channel: the parent, its replies, and the box to reply in. */

import { createComposer } from "./composer.js";
import { conversationTitle } from "./directory.js";
import { h, tool } from "./dom.js";
import { createTimeline, threadMessages } from "./timeline.js";

export function createThreadPane(page) {
  const topic = h("p", { class: "topic" });
  const close = tool("close", "Close thread", page.closeThread);
  const head = h("header", { class: "pane-head" }, h("h2", {}, "Thread"), topic, close);
  const timeline = createTimeline(page, { label: "Thread", inThread: true });
  const composer = createComposer(page.store, {
    label: "Reply…",
    send: (text) => page.say(text, page.ui.thread),
    onCancel: page.closeThread,
  });
  const element = h(
    "aside",
    { class: "pane thread", "aria-label": "Thread", hidden: true },
    head,
    timeline.element,
    composer.element,
  );
  element.addEventListener("keydown", (event) => event.key === "Escape" && page.closeThread());

  function update() {
    const { store, ui } = page;
    const channel = store.channel(ui.channel);
    element.hidden = !ui.thread || !channel;
    if (element.hidden) return;
    topic.textContent = conversationTitle(store, channel);
    const messages = threadMessages(store, channel.id, ui.thread);
    timeline.show(ui.thread, channel, messages);
    const isLocked = messages[0]?.is_locked;
    composer.relabel(isLocked ? "This thread is locked" : "Reply…", isLocked);
  }

  return { element, update, focus: composer.focus };
}
