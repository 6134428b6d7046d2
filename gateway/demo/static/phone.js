/** One pager phone as a card: whose it is, what it shows, and a box to answer from it. */

import { avatar, fill, h, icon, openMenu, reconcile } from "./kit.js";
import { statusWord } from "./status.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

/** @returns {{element, update()}} the card of this extension; it keeps what is typed into it */
export function createPhone(pager, number, { onClose } = {}) {
  const phone = { pager, number, onClose, replyOn: null, problem: null, drawn: "", count: null };
  phone.head = h("header", { class: "phone-head" });
  phone.list = h("ol", { class: "phone-messages", tabindex: 0 });
  phone.note = h("p", { class: "phone-note" });
  phone.input = h("input", { type: "text", class: "phone-input", maxlength: 1024, autocomplete: "off" });
  phone.send = h("button", { type: "submit", class: "phone-send", "aria-label": "Send from this phone" }, icon("send"));
  phone.form = h("form", { class: "phone-form", onsubmit: (event) => submit(phone, event) }, phone.input, phone.send);
  phone.element = h("article", { class: "phone", dataset: { number } }, phone.head, phone.list, phone.note, phone.form);
  pager.watch(number);
  return { element: phone.element, update: () => update(phone) };
}

function update(phone) {
  const person = phone.pager.person(phone.number);
  if (!person) return;
  const messages = phone.pager.mailboxes.get(phone.number) ?? [];
  const memberships = phone.pager.departments.filter((one) => one.members.includes(phone.number));
  drawHead(phone, person, memberships);
  drawMessages(phone, messages);
  drawForm(phone, person, messages);
}

function drawHead(phone, person, memberships) {
  const signature = JSON.stringify([person, memberships.map((one) => [one.number, one.name])]);
  if (signature === phone.drawn) return;
  phone.drawn = signature;
  phone.element.setAttribute("aria-label", `Phone of ${person.name}, ${person.number}`);
  phone.element.dataset.status = person.status;
  fill(phone.head, avatar(person.name), nameOf(person), statusButton(phone, person), closeButton(phone), departmentChips(phone, person, memberships));
}

function nameOf(person) {
  return h("p", { class: "phone-name" }, h("strong", {}, h("bdi", {}, person.name)), h("span", {}, `${person.number} · ${person.title || person.type}`));
}

function closeButton({ onClose }) {
  return onClose && h("button", { type: "button", class: "tool", "aria-label": "Close this phone", onclick: onClose }, icon("close"));
}

// ------------------------------------------------------------------------- status and membership

function statusButton({ pager, number }, person) {
  const item = (status) => ({ text: statusWord(status), checked: status === person.status, choose: () => pager.setStatus(number, status) });
  const open = (event) => openMenu(event.currentTarget, ["Enabled", "Frozen", "Disabled"].map(item), { label: "Status" });
  const properties = { type: "button", class: "status", dataset: { status: person.status }, "aria-haspopup": "menu", title: "Freeze or disable this extension", onclick: open };
  return h("button", properties, statusWord(person.status), icon("down"));
}

function departmentChips(phone, person, memberships) {
  const add = h("button", { type: "button", class: "chip add", "aria-haspopup": "menu", onclick: (event) => openDepartments(phone, event) }, "+ Department");
  return h("div", { class: "chips" }, memberships.map((one) => departmentChip(phone, person, one)), add);
}

function departmentChip({ pager, number }, person, department) {
  const label = `Remove ${person.name} from ${department.name}`;
  const remove = () => pager.setMembership(department.number, number, false);
  return h("span", { class: "chip" }, department.name, h("button", { type: "button", "aria-label": label, title: label, onclick: remove }, "×"));
}

function openDepartments({ pager, number }, event) {
  const others = pager.departments.filter((one) => !one.members.includes(number));
  const item = (one) => ({ text: one.name, detail: one.number, choose: () => pager.setMembership(one.number, number, true) });
  openMenu(event.currentTarget, others.map(item), { label: "Add to a department" });
}

// -------------------------------------------------------------------------------------- messages

function drawMessages(phone, messages) {
  const isNews = phone.count !== null && messages.length > phone.count;
  reconcile(phone.list, messages.length ? messages.map((message) => messageEntry(phone, message)) : [noMessages]);
  if (messages.length !== phone.count) phone.list.scrollTop = phone.list.scrollHeight;
  if (isNews && messages.at(-1).direction === "Inbound") ring(phone.element);
  if (phone.pager.mailboxes.has(phone.number)) phone.count = messages.length; // what came before does not ring
}

const noMessages = { key: "none", signature: "", render: () => h("li", { class: "phone-empty" }, "No messages") };

function messageEntry(phone, message) {
  const chosen = phone.replyOn === message.id;
  return { key: message.id, signature: JSON.stringify([message, chosen]), render: () => drawMessage(phone, message, chosen) };
}

function drawMessage(phone, message, chosen) {
  const inbound = message.direction === "Inbound";
  const others = message.to.map((one) => one.name).join(", ");
  const who = inbound ? `${message.from.name}${message.to.length > 1 ? ` → ${others}` : ""}` : `To ${others}`;
  const choose = () => {
    phone.replyOn = chosen ? null : message.id;
    phone.pager.changed();
    phone.input.focus();
  };
  const label = `Reply to this conversation: ${message.text}`;
  const body = h("button", { type: "button", class: "bubble", "aria-pressed": String(chosen), "aria-label": label, title: "Reply to this conversation", onclick: choose }, message.text);
  const classes = [inbound ? "in" : "out", message.readable || "lost", chosen && "chosen"].filter((one) => typeof one === "string");
  const meta = h("p", { class: "meta" }, h("bdi", {}, who), h("time", { datetime: message.time }, clock.format(new Date(message.time))));
  return h("li", { class: classes.join(" "), dir: "auto" }, meta, message.readable ? body : h("p", { class: "bubble" }, "Not readable any more: no longer in this conversation"));
}

/** Light up and come into view, unless somebody is busy with another phone. */
function ring(element) {
  element.classList.remove("rings");
  requestAnimationFrame(() => element.classList.add("rings"));
  if (!element.parentElement?.contains(document.activeElement)) element.scrollIntoView({ block: "nearest" });
}

// ----------------------------------------------------------------------------------------- reply

/** What a reply answers: the chosen message, else the newest one that can still be read. */
function answered(phone, messages) {
  return messages.find((message) => message.id === phone.replyOn) ?? messages.findLast((message) => message.readable) ?? null;
}

function drawForm(phone, person, messages) {
  const target = answered(phone, messages);
  const off = person.status !== "Enabled";
  const to = target && (target.direction === "Inbound" ? target.from.name : target.to.map((one) => one.name).join(", "));
  const label = off ? `${statusWord(person.status)}: this phone can't send` : to ? `Reply to ${to}` : "New page: a number, then the message";
  phone.input.placeholder = label;
  phone.input.setAttribute("aria-label", label);
  phone.input.disabled = phone.send.disabled = off;
  phone.note.textContent = phone.problem ?? "";
  phone.note.hidden = !phone.problem;
}

async function submit(phone, event) {
  event.preventDefault();
  const text = phone.input.value.trim();
  const target = answered(phone, phone.pager.mailboxes.get(phone.number) ?? []);
  const [, to, rest] = /^(\d{2,10})\s+(.+)$/s.exec(text) ?? [];
  if (!text || (!target && !to)) return;
  const place = target ? { text, reply_on: target.id } : { text: rest, to: [to] };
  phone.problem = await phone.pager.send({ from: phone.number, ...place }).then(
    () => null,
    (error) => `Not sent. ${error.message}`,
  );
  if (!phone.problem) phone.input.value = "";
  phone.pager.changed();
}
