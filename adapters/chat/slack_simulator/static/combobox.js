/**
 * A field that finds its options while one types (select menus with many or remote options), after
 * the ARIA combobox pattern: the focus stays in the input, arrow keys move through the list, Enter
 * takes, Escape closes. With `multiple`, choices are chips before the input.
 */

import { button, fill, h } from "./dom.js";
import { placeBeside } from "./popup.js";

let serial = 0;

/**
 * @param {object} options
 *   id, placeholder, multiple, limit      limit: how many may be chosen
 *   chosen        the options chosen at first: `[{value, text, detail?}]`
 *   minLength     letters needed before searching
 *   search        async (query) => [{label?, options: [{value, text, detail?}]}]
 *   onChange      called with the list of chosen options
 */
export function combobox(options) {
  const listId = `options-${(serial += 1)}`;
  const parts = {
    chips: h("span", { class: "chips" }),
    input: inputFor(options, listId),
    list: h("div", {
      class: "popup options",
      role: "listbox",
      id: listId,
      popover: "manual",
      "aria-label": "Options",
    }),
  };
  const box = { ...options, ...parts, listId, chosen: [...options.chosen], active: -1, asked: 0 };
  listen(box);
  drawChosen(box);
  return h(
    "div",
    { class: "combobox", onclick: () => box.input.focus() },
    box.chips,
    box.input,
    box.list,
  );
}

function inputFor(options, listId) {
  return h("input", {
    id: options.id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: options.placeholder,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
  });
}

function listen(box) {
  const { input, list } = box;
  input.addEventListener("focus", () => {
    input.select();
    find(box, box.multiple ? input.value : "");
  });
  input.addEventListener("input", () => find(box, input.value));
  input.addEventListener("keydown", (event) => onKey(box, event));
  input.addEventListener("blur", () => leave(box));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the input
}

/** Ask for options; an answer that was overtaken by a later question is dropped. */
async function find(box, query) {
  const question = (box.asked += 1);
  if (query.trim().length < (box.minLength ?? 0)) return close(box);
  const groups = await box.search(query.trim()).catch(() => []); // who searches tells of failures
  if (question === box.asked && document.activeElement === box.input) show(box, groups);
}

function show(box, groups) {
  box.active = -1;
  let count = 0;
  const rows = groups.flatMap((group) => [
    group.label && h("div", { class: "option-group", role: "presentation" }, group.label),
    ...group.options.map((option) => optionRow(box, option, (count += 1))),
  ]);
  fill(box.list, rows.some(Boolean) ? rows : h("div", { class: "option-none" }, "Nothing found"));
  if (!box.list.matches(":popover-open")) box.list.showPopover();
  box.list.style.width = `${box.list.parentElement.offsetWidth}px`;
  placeBeside(box.list, box.list.parentElement);
  box.input.setAttribute("aria-expanded", "true");
  activate(box, 0);
}

function optionRow(box, option, number) {
  const taken = box.chosen.some((chosen) => chosen.value === option.value);
  const row = h(
    "div",
    {
      class: "option",
      role: "option",
      id: `${box.listId}-${number}`,
      "aria-selected": String(taken),
    },
    h("span", {}, option.text),
    option.detail && h("small", {}, option.detail),
  );
  row.addEventListener("click", () => choose(box, option));
  row.choose = () => choose(box, option);
  return row;
}

function activate(box, index) {
  const rows = [...box.list.querySelectorAll("[role=option]")];
  if (!rows.length) return;
  box.active = (index + rows.length) % rows.length;
  rows.forEach((row, at) => row.classList.toggle("active", at === box.active));
  rows[box.active].scrollIntoView({ block: "nearest" });
  box.input.setAttribute("aria-activedescendant", rows[box.active].id);
}

function onKey(box, event) {
  const open = box.list.matches(":popover-open");
  const row = box.list.querySelectorAll("[role=option]")[box.active];
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    if (open) activate(box, box.active + steps[event.key]);
    else find(box, box.multiple ? box.input.value : "");
  } else if (event.key === "Enter") {
    if (open && row) row.choose();
  } else if (event.key === "Escape" && open) {
    event.stopPropagation(); // the dialog around it stays
    close(box);
  } else if (
    event.key === "Backspace" &&
    box.multiple &&
    box.input.value === "" &&
    box.chosen.length
  ) {
    setChosen(box, box.chosen.slice(0, -1));
  } else return;
  event.preventDefault();
}

function choose(box, option) {
  const others = box.chosen.filter((chosen) => chosen.value !== option.value);
  const taken = others.length < box.chosen.length;
  if (!box.multiple) setChosen(box, [option]);
  else if (taken) setChosen(box, others);
  else if (box.chosen.length < (box.limit ?? Infinity)) setChosen(box, [...box.chosen, option]);
  if (box.multiple) box.input.value = "";
  close(box);
}

function setChosen(box, chosen) {
  box.chosen = chosen;
  drawChosen(box);
  box.onChange(chosen);
}

function drawChosen(box) {
  if (!box.multiple) box.input.value = box.chosen[0]?.text ?? "";
  else
    fill(
      box.chips,
      box.chosen.map((option) => chip(box, option)),
    );
}

function chip(box, option) {
  const remove = () => {
    const others = box.chosen.filter((chosen) => chosen !== option);
    setChosen(box, others);
    box.input.focus();
  };
  const cross = button({ "aria-label": `Remove ${option.text}`, onclick: remove }, "×");
  return h("span", { class: "chip" }, option.text, cross);
}

function leave(box) {
  close(box);
  if (box.multiple) box.input.value = "";
  else drawChosen(box);
}

function close(box) {
  box.asked += 1;
  if (box.list.matches(":popover-open")) box.list.hidePopover();
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}
