/** What opens beside a button: menus and pickers, in the top layer, where nothing clips them. */

import { button, h } from "./dom.js";

const GAP = 4;
const EDGE = 8;

/**
 * Show content beside its anchor. Escape and a click elsewhere close it (the browser's own popover
 * rules), and the focus goes back to where it was.
 * @returns {() => void} closes it
 */
export function openPopup(anchor, content, { label } = {}) {
  const popup = h("div", { class: "popup", popover: "auto", "aria-label": label }, content);
  popup.addEventListener("toggle", (event) => event.newState === "closed" && popup.remove());
  anchor.closest(".workspace, body").append(popup);
  popup.showPopover();
  placeBeside(popup, anchor);
  return () => popup.hidePopover();
}

/** Below the anchor, or above it where there is more room; never outside the window. */
export function placeBeside(popup, anchor) {
  const from = anchor.getBoundingClientRect();
  const own = popup.getBoundingClientRect();
  const below = innerHeight - from.bottom - GAP - EDGE;
  const top =
    own.height <= below || below >= from.top ? from.bottom + GAP : from.top - GAP - own.height;
  const left = Math.min(from.left, innerWidth - own.width - EDGE);
  popup.style.left = `${Math.max(EDGE, left)}px`;
  popup.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - own.height - EDGE))}px`;
}

/**
 * A menu of buttons: arrow keys move, Enter chooses, Escape closes.
 * @param {Array<{text, detail?, danger?, checked?, lead?, choose: () => void}>} items
 *   `lead` is drawn before the text; with `checked` the items are a choice of one
 */
export function openMenu(anchor, items, { label }) {
  const menu = h("div", {
    class: "menu",
    role: "menu",
    "aria-label": label,
    onkeydown: moveWithArrows,
  });
  const close = openPopup(anchor, menu);
  menu.append(...items.map((item) => menuItem(item, close)));
  placeBeside(menu.parentElement, anchor);
  (menu.querySelector("[aria-checked=true]") ?? menu.querySelector("button"))?.focus();
}

function menuItem(item, close) {
  const radio = item.checked !== undefined;
  const properties = {
    class: item.danger ? "menu-item danger" : "menu-item",
    role: radio ? "menuitemradio" : "menuitem",
    "aria-checked": radio ? String(item.checked) : null,
    tabindex: -1,
    onclick: () => {
      close();
      item.choose();
    },
  };
  const words = h(
    "span",
    { class: "menu-text" },
    item.text,
    item.detail && h("small", {}, item.detail),
  );
  return button(properties, item.lead, words);
}

function moveWithArrows(event) {
  const items = [...event.currentTarget.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}
