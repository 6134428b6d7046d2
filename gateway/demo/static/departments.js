/** A department: whom a page to it reaches, and who belongs to it. */

import { button, h, openMenu } from "./kit.js";
import { statusWord } from "./person.js";

/**
 * @param {object} pager       see pager.js
 * @param {object} department  as the pager describes it
 * @param {object} options     members; shown: those to list; open(number): look at a phone
 */
export function drawDepartment(pager, department, { members, shown, open }) {
  const chips = shown.map((person) => h("li", {}, memberChip(pager, department, person, open)));
  return h(
    "section",
    { class: "department" },
    h(
      "header",
      {},
      h("h3", {}, department.name),
      h("p", {}, facts(pager, department, members)),
      addButton(pager, department),
    ),
    h("ul", { class: "chips" }, chips),
  );
}

function facts(pager, { number, manager }, members) {
  const reached = members.filter((person) => person.status === "Enabled").length;
  const boss = pager.person(manager);
  const known = [number, `${members.length} people`, `reaches ${reached}`];
  return [...known, ...(boss ? [`manager ${boss.name}`] : [])].join(" · ");
}

function memberChip(pager, department, person, open) {
  const label = `Remove ${person.name} from ${department.name}`;
  const remove = () => pager.setMembership(department.number, person.number, false);
  const isInactive = person.status !== "Enabled";
  return h(
    "span",
    { class: "chip", dataset: { status: person.status } },
    button({ class: "chip-name", onclick: () => open(person.number) }, person.name),
    isInactive && h("small", {}, statusWord(person.status).toLowerCase()),
    button({ "aria-label": label, title: label, onclick: remove }, "×"),
  );
}

function addButton(pager, department) {
  const others = pager.people.filter(
    (person) => person.type === "User" && !department.members.includes(person.number),
  );
  const items = others.map((person) => ({
    text: person.name,
    detail: person.number,
    choose: () => pager.setMembership(department.number, person.number, true),
  }));
  const label = `Add to ${department.name}`;
  const open = (event) => openMenu(event.currentTarget, items, { label });
  return button({ class: "chip add", "aria-haspopup": "menu", onclick: open }, "+ Member");
}
