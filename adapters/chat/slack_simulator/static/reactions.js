/** The little grid of emoji one reacts with. */

import { button, fill, h } from "./dom.js";
import { EMOJI, FAVOURITES, emoji } from "./emoji.js";
import { openPopup } from "./popup.js";

const SHOWN = 60;

/** Ask for an emoji; `choose` is called with its name. */
export function openReactionPicker(anchor, choose) {
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const search = h("input", {
    type: "search",
    class: "text-input",
    placeholder: "Find an emoji",
    "aria-label": "Find an emoji",
  });
  const close = openPopup(anchor, h("div", { class: "emoji-picker" }, search, grid), {
    label: "Choose a reaction",
  });
  const take = (name) => {
    close();
    choose(name);
  };
  const show = () => {
    const names = matching(search.value);
    fill(
      grid,
      names.map((name) => emojiButton(name, take)),
    );
  };
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") grid.querySelector("button")?.click();
  });
  show();
  search.focus();
}

function matching(query) {
  const wanted = query.trim().toLowerCase();
  const names = new Set([...FAVOURITES, ...EMOJI.keys()]);
  return [...names].filter((name) => name.includes(wanted)).slice(0, SHOWN);
}

function emojiButton(name, take) {
  const properties = { title: `:${name}:`, "aria-label": name, onclick: () => take(name) };
  return button(properties, emoji(name));
}
