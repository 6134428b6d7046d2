/** The right side: pager phones, the demo's main people first, and departments. */

import { avatar, button, fill, h, reconcile } from "./kit.js";
import { drawDepartment } from "./departments.js";
import { matches, nameLines, statusWord } from "./person.js";
import { createPhone } from "./phone.js";

const TABS = { phones: "Phones", departments: "Departments" };

/**
 * @param {object} pager     see pager.js
 * @param {string[]} pinned  numbers whose cards are always there, in this order
 * @returns {{element, reveal(number)}} `reveal` opens a card and brings it into view
 */
export function createPhones(pager, pinned) {
  const panel = {
    pager,
    pinned,
    open: new Set(pinned),
    cards: new Map(),
    tab: "phones",
    query: "",
  };
  panel.tabs = h("div", {
    class: "segments",
    role: "tablist",
    "aria-label": "What to show",
    onkeydown: (event) => turn(panel, event),
  });
  panel.phones = h("div", { class: "phone-list" });
  panel.departments = h("div", { class: "department-list" });
  const head = [h("h2", {}, "Pager phones"), panel.tabs, searchField(panel)];
  panel.element = h(
    "section",
    { class: "phones", "aria-label": "Pager phones" },
    h("header", { class: "panel-head" }, head),
    panel.phones,
    panel.departments,
  );
  pager.subscribe(() => update(panel));
  update(panel);
  return { element: panel.element, reveal: (number) => reveal(panel, number) };
}

function searchField(panel) {
  const label = "Find a person or number";
  const properties = { type: "search", class: "filter", placeholder: label, "aria-label": label };
  const oninput = (event) => {
    panel.query = event.target.value;
    update(panel);
  };
  return h("input", { ...properties, oninput });
}

function update(panel) {
  drawTabs(panel);
  panel.phones.hidden = panel.tab !== "phones";
  panel.departments.hidden = panel.tab !== "departments";
  if (panel.tab === "phones") reconcile(panel.phones, phoneEntries(panel));
  else reconcile(panel.departments, departmentEntries(panel));
  for (const card of panel.cards.values()) card.update();
}

// ------------------------------------------------------------------------------------------ tabs

function drawTabs(panel) {
  if (panel.tabs.dataset.shown === panel.tab) return;
  panel.tabs.dataset.shown = panel.tab;
  fill(
    panel.tabs,
    Object.keys(TABS).map((name) => tab(panel, name)),
  );
}

function tab(panel, name) {
  const isShown = panel.tab === name;
  const properties = {
    role: "tab",
    "aria-selected": String(isShown),
    tabindex: isShown ? 0 : -1,
    onclick: () => show(panel, name),
  };
  return button(properties, TABS[name]);
}

function show(panel, name) {
  panel.tab = name;
  update(panel);
}

function turn(panel, event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  show(panel, panel.tab === "phones" ? "departments" : "phones");
  panel.tabs.querySelector("[aria-selected=true]").focus();
}

// ---------------------------------------------------------------------------------------- phones

/** Cards for the pinned and opened, then a line for everybody else; who rang last comes first. */
function phoneEntries(panel) {
  const found = panel.pager.people.filter((person) => matches(person, panel.query));
  const isOpen = (person) => panel.open.has(person.number);
  const cards = found.filter(isOpen).sort((one, other) => rank(panel, one) - rank(panel, other));
  const lines = found
    .filter((person) => !isOpen(person))
    .sort((one, other) => lastRung(panel, other) - lastRung(panel, one));
  return [
    ...cards.map((person) => cardEntry(panel, person)),
    ...countEntries(panel, lines.length),
    ...lines.map((person) => lineEntry(panel, person)),
  ];
}

const lastRung = (panel, person) => panel.pager.lastRung.get(person.number) ?? 0;

function rank(panel, person) {
  const place = panel.pinned.indexOf(person.number);
  return place < 0 ? panel.pinned.length : place;
}

function cardEntry(panel, { number }) {
  return { key: number, signature: "card", render: () => card(panel, number).element };
}

function card(panel, number) {
  const onClose = panel.pinned.includes(number) ? null : () => close(panel, number);
  const made = panel.cards.get(number) ?? createPhone(panel.pager, number, onClose);
  panel.cards.set(number, made);
  return made;
}

function reveal(panel, number) {
  panel.open.add(number);
  show(panel, "phones");
  panel.cards.get(number)?.element.scrollIntoView({ block: "nearest" });
}

function close(panel, number) {
  panel.open.delete(number);
  panel.cards.delete(number);
  panel.pager.unwatch(number);
  update(panel);
}

function countEntries(panel, count) {
  if (!count) return [];
  const text = panel.query ? `${count} more found` : `Everyone else · ${count}`;
  return [{ key: "count", signature: text, render: () => h("h3", { class: "everyone" }, text) }];
}

function lineEntry(panel, person) {
  const rung = panel.pager.rung.get(person.number) ?? 0;
  return {
    key: person.number,
    signature: JSON.stringify([person, rung]),
    render: () => line(panel, person, rung),
  };
}

function line(panel, person, rung) {
  const open = () => {
    reveal(panel, person.number);
    panel.cards.get(person.number)?.element.querySelector("input").focus();
  };
  const status = { class: "status", dataset: { status: person.status } };
  return button(
    { class: "person-line", onclick: open },
    avatar(person.name),
    nameLines(person),
    person.status !== "Enabled" && h("span", status, statusWord(person.status)),
    rung > 0 && h("span", { class: "count", "aria-label": `${rung} new` }, String(rung)),
  );
}

// ----------------------------------------------------------------------------------- departments

function departmentEntries(panel) {
  return panel.pager.departments.map((department) => {
    const members = department.members.map((number) => panel.pager.person(number)).filter(Boolean);
    const shown = members.filter((person) => matches(person, panel.query));
    const open = (number) => reveal(panel, number);
    return {
      key: department.number,
      signature: JSON.stringify([department, members, shown.length]),
      render: () => drawDepartment(panel.pager, department, { members, shown, open }),
    };
  });
}
