/** Short notes at the bottom edge, and words for screen readers only. */

import { h } from "./dom.js";

const SHOWN_MS = 6000;

/** @returns {{element, show(text)}} a live region; each note leaves after a while or when pressed */
export function createToasts() {
  const element = h("div", { class: "toasts", role: "status" });
  function show(text) {
    const note = h(
      "button",
      { type: "button", class: "toast", title: "Dismiss", onclick: () => note.remove() },
      text,
    );
    element.append(note);
    setTimeout(() => note.remove(), SHOWN_MS);
  }
  return { element, show };
}

/** @returns {{element, say(text)}} a polite announcer for what just arrived */
export function createAnnouncer() {
  const element = h("p", { class: "for-readers", "aria-live": "polite" });
  return { element, say: (text) => (element.textContent = text) };
}
