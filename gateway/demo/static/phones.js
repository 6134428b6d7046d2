/** The right side: pager phones, the demo's main people first, and departments. */

import { avatar, fill, h, openMenu, reconcile } from "./kit.js";
import { createPhone } from "./phone.js";
import { statusWord } from "./status.js";

const TABS = { phones: "Phones", departments: "Departments" };

/** @returns {{element, update(), reveal(number)}} */
export function createPhones(pager, pinned) {
  const panel = { pager, pinned, open: new Set(pinned), cards: new Map(), tab: "phones", query: "" };
  panel.search = h("input", { type: "search", class: "filter", placeholder: "Find a person or number", "aria-label": "Find a person or number" });
  panel.search.addEventListener("input", () => {
    panel.query = panel.search.value;
    update(panel);
  });
  panel.tabs = h("div", { class: "segments", role: "tablist", "aria-label": "What to show", onkeydown: (event) => turn(panel, event) });
  panel.list = h("div", { class: "phone-list" });
  panel.departments = h("div", { class: "department-list" });
  const head = h("header", { class: "panel-head" }, h("h2", {}, "Pager phones"), panel.tabs, panel.search);
  panel.element = h("section", { class: "phones", "aria-label": "Pager phones" }, head, panel.list, panel.departments);
  pager.subscribe(() => update(panel));
  update(panel);
  return { element: panel.element, update: () => update(panel), reveal: (number) => reveal(panel, number) };
}

function update(panel) {
  drawTabs(panel);
  panel.list.hidden = panel.tab !== "phones";
  panel.departments.hidden = panel.tab !== "departments";
  if (panel.tab === "phones") reconcile(panel.list, entries(panel));
  else reconcile(panel.departments, panel.pager.departments.map((one) => departmentEntry(panel, one)));
  for (const card of panel.cards.values()) card.update();
}

function drawTabs(panel) {
  if (panel.tabs.dataset.shown === panel.tab) return;
  panel.tabs.dataset.shown = panel.tab;
  fill(panel.tabs, Object.keys(TABS).map((name) => tab(panel, name)));
}

function tab(panel, name) {
  const chosen = panel.tab === name;
  const properties = { type: "button", role: "tab", "aria-selected": String(chosen), tabindex: chosen ? 0 : -1, onclick: () => show(panel, name) };
  return h("button", properties, TABS[name]);
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

/** Cards for the pinned and opened, then one line for everybody else; whoever rang last comes first. */
function entries(panel) {
  const people = panel.pager.people.filter((person) => matches(person, panel.query));
  const cards = people.filter((person) => panel.open.has(person.number)).sort((one, other) => rank(panel, one) - rank(panel, other));
  const lines = people.filter((person) => !panel.open.has(person.number)).sort((one, other) => lastRung(panel, other) - lastRung(panel, one));
  return [
    ...cards.map((person) => ({ key: person.number, signature: "card", render: () => card(panel, person.number).element })),
    ...(lines.length ? [countEntry(lines.length, panel)] : []),
    ...lines.map((person) => lineEntry(panel, person)),
  ];
}

function matches(person, query) {
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return folded(`${person.number} ${person.name} ${person.title} ${statusWord(person.status)}`).includes(folded(query.trim()));
}

const lastRung = (panel, person) => panel.pager.lastRung.get(person.number) ?? 0;

function rank(panel, person) {
  const place = panel.pinned.indexOf(person.number);
  return place < 0 ? panel.pinned.length : place;
}

function card(panel, number) {
  const closable = !panel.pinned.includes(number);
  const made = panel.cards.get(number) ?? createPhone(panel.pager, number, closable ? { onClose: () => close(panel, number) } : {});
  panel.cards.set(number, made);
  return made;
}

function close(panel, number) {
  panel.open.delete(number);
  panel.cards.delete(number);
  panel.pager.unwatch(number);
  update(panel);
}

function reveal(panel, number) {
  panel.tab = "phones";
  panel.open.add(number);
  update(panel);
  panel.list.querySelector(`[data-number="${CSS.escape(number)}"]`)?.scrollIntoView({ block: "nearest" });
}

function countEntry(count, panel) {
  const text = panel.query ? `${count} more found` : `Everyone else · ${count}`;
  return { key: "count", signature: text, render: () => h("h3", { class: "everyone" }, text) };
}

function lineEntry(panel, person) {
  const rung = panel.pager.rung.get(person.number) ?? 0;
  const render = () => line(panel, person, rung);
  return { key: person.number, signature: JSON.stringify([person, rung]), render };
}

function line(panel, person, rung) {
  const open = () => {
    reveal(panel, person.number);
    panel.cards.get(person.number)?.element.querySelector("input").focus();
  };
  return h(
    "button",
    { type: "button", class: "person-line", onclick: open },
    avatar(person.name),
    h("span", { class: "phone-name" }, h("strong", {}, h("bdi", {}, person.name)), h("span", {}, `${person.number} · ${person.title || person.type}`)),
    person.status !== "Enabled" && h("span", { class: "status", dataset: { status: person.status } }, statusWord(person.status)),
    rung > 0 && h("span", { class: "count", "aria-label": `${rung} new` }, String(rung)),
  );
}

// ----------------------------------------------------------------------------------- departments

function departmentEntry(panel, department) {
  const members = department.members.map((number) => panel.pager.person(number)).filter(Boolean);
  const signature = JSON.stringify([department, members.map((one) => one.status), panel.query]);
  return { key: department.number, signature, render: () => drawDepartment(panel, department, members) };
}

function drawDepartment(panel, department, members) {
  const reached = members.filter((person) => person.status === "Enabled").length;
  const manager = panel.pager.person(department.manager);
  const facts = [department.number, `${members.length} people`, `reaches ${reached}`, manager && `manager ${manager.name}`];
  const shown = members.filter((person) => matches(person, panel.query));
  return h(
    "section",
    { class: "department" },
    h("header", {}, h("h3", {}, department.name), h("p", {}, facts.filter(Boolean).join(" · ")), addButton(panel, department)),
    h("ul", { class: "chips" }, shown.map((person) => h("li", {}, memberChip(panel, department, person)))),
  );
}

function memberChip(panel, department, person) {
  const label = `Remove ${person.name} from ${department.name}`;
  const remove = () => panel.pager.setMembership(department.number, person.number, false);
  return h(
    "span",
    { class: "chip", dataset: { status: person.status } },
    h("button", { type: "button", class: "chip-name", onclick: () => reveal(panel, person.number) }, person.name),
    person.status !== "Enabled" && h("small", {}, statusWord(person.status).toLowerCase()),
    h("button", { type: "button", "aria-label": label, title: label, onclick: remove }, "×"),
  );
}

function addButton(panel, department) {
  const others = () => panel.pager.people.filter((person) => !department.members.includes(person.number) && person.type === "User");
  const item = (person) => ({ text: person.name, detail: person.number, choose: () => panel.pager.setMembership(department.number, person.number, true) });
  const open = (event) => openMenu(event.currentTarget, others().map(item), { label: `Add to ${department.name}` });
  return h("button", { type: "button", class: "chip add", "aria-haspopup": "menu", onclick: open }, "+ Member");
}
