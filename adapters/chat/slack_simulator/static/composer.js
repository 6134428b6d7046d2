/** The box one writes in. Enter sends, Shift+Enter begins a line; suggestions open meanwhile. */

import { button, fill, h, icon } from "./dom.js";
import { suggestionsFor } from "./completion.js";

let serial = 0;

/**
 * @param {object} store    whom and what to suggest
 * @param {object} options
 *   label      name of the field, also its placeholder
 *   send       async (text) => …; the text stays in the box if it throws
 *   commands   whether slash commands are offered (not in threads, as in Slack)
 *   initial    text to begin with
 *   onCancel   Escape, when no suggestions are open
 *   onArrowUp  Arrow up in an empty box
 */
export function createComposer(store, options) {
  const listId = `suggestions-${(serial += 1)}`;
  const input = h("textarea", {
    class: "composer-input",
    rows: 1,
    value: options.initial ?? "",
    "aria-autocomplete": "list",
    "aria-controls": listId,
  });
  const list = h("div", {
    class: "suggestions",
    role: "listbox",
    id: listId,
    "aria-label": "Suggestions",
    hidden: true,
  });
  const hint = h("p", { class: "composer-hint", hidden: true, "aria-live": "polite" });
  const send = button({ type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
  const form = h(
    "form",
    { class: "composer" },
    list,
    hint,
    h("div", { class: "composer-box" }, input, send),
  );
  const box = { store, options, input, list, hint, send, form, found: { items: [] }, active: 0 };
  relabel(box, options.label);
  listen(box);
  return {
    element: form,
    focus: () => input.focus(),
    relabel: (label, disabled) => relabel(box, label, disabled),
  };
}

function relabel(box, label, disabled = false) {
  box.input.placeholder = label;
  box.input.setAttribute("aria-label", label);
  box.input.disabled = disabled;
  box.send.disabled = disabled;
}

function listen(box) {
  const { form, input } = box;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(box);
  });
  for (const name of ["input", "click"]) input.addEventListener(name, () => suggest(box));
  input.addEventListener("keydown", (event) => onKey(box, event));
  input.addEventListener("blur", () => closeList(box));
  // A press on a suggestion leaves the focus in the box.
  box.list.addEventListener("pointerdown", (event) => event.preventDefault());
}

async function submit(box) {
  const text = box.input.value.trim();
  if (!text) return;
  box.input.value = "";
  suggest(box);
  try {
    await box.options.send(text);
  } catch {
    if (!box.input.value) box.input.value = text; // nothing typed is lost
  }
}

function suggest(box) {
  const { input, options } = box;
  box.found = suggestionsFor(box.store, input.value, input.selectionStart, {
    commands: options.commands,
  });
  box.active = 0;
  box.hint.textContent = box.found.hint ?? "";
  box.hint.hidden = !box.found.hint;
  draw(box);
}

function draw(box) {
  const { input, list, found } = box;
  fill(
    list,
    found.items.map((item, index) => suggestionRow(box, item, index)),
  );
  list.hidden = found.items.length === 0;
  const active = list.children[box.active];
  if (active) input.setAttribute("aria-activedescendant", active.id);
  else input.removeAttribute("aria-activedescendant");
  active?.scrollIntoView({ block: "nearest" });
}

function suggestionRow(box, item, index) {
  const chosen = index === box.active;
  return h(
    "div",
    {
      class: "option",
      id: `${box.list.id}-${index}`,
      role: "option",
      "aria-selected": String(chosen),
      onclick: () => take(box, item),
    },
    h("span", {}, item.text),
    item.detail && h("small", {}, item.detail),
  );
}

function take(box, item) {
  const { input, found } = box;
  const after = input.value.slice(input.selectionStart);
  input.value = input.value.slice(0, found.from) + item.insert + after.trimStart();
  const caret = found.from + item.insert.length;
  input.setSelectionRange(caret, caret);
  input.focus();
  suggest(box);
}

function closeList(box) {
  box.found = { items: [] };
  draw(box);
}

function onKey(box, event) {
  if (event.isComposing) return;
  const handler = box.found.items.length ? LIST_KEYS[event.key] : PLAIN_KEYS[event.key];
  if (handler?.(box, event)) event.preventDefault();
}

function step(box, by) {
  box.active = (box.active + by + box.found.items.length) % box.found.items.length;
  draw(box);
  return true;
}

const takeActive = (box) => {
  take(box, box.found.items[box.active]);
  return true;
};

/** Enter takes what is offered, and sends where the word is already written out. */
const takeOrSubmit = (box) => {
  const { input, found, active } = box;
  const typed = input.value.slice(found.from, input.selectionStart);
  if (typed !== found.items[active].insert.trim()) return takeActive(box);
  submit(box);
  return true;
};

const LIST_KEYS = {
  ArrowDown: (box) => step(box, 1),
  ArrowUp: (box) => step(box, -1),
  Enter: takeOrSubmit,
  Tab: takeActive,
  Escape: (box, event) => {
    event.stopPropagation();
    closeList(box);
    return true;
  },
};

const PLAIN_KEYS = {
  Enter: (box, event) => {
    if (event.shiftKey) return false;
    submit(box);
    return true;
  },
  Escape: (box, event) => {
    if (!box.options.onCancel) return false;
    event.stopPropagation();
    box.options.onCancel();
    return true;
  },
  ArrowUp: (box) => box.input.value === "" && box.options.onArrowUp?.(),
};
