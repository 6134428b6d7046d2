/** One pager phone as a card: whose it is, what it shows, and a box to write from it. */

import { avatar, button, h, icon, openMenu, reconcile, refill, tool } from "./kit.js";
import { nameLines, statusWord } from "./person.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const LONGEST = 1024; // what the pager takes, in UTF-16 units

/**
 * @param {object} pager     see pager.js
 * @param {string} number    whose phone
 * @param {() => void} [onClose]  without it the card cannot be closed
 * @returns {{element, update()}} the card keeps what is typed into it
 */
export function createPhone(pager, number, onClose) {
  const phone = { pager, number, onClose, replyOn: null, problem: null, drawn: "", count: null };
  phone.head = h("header", { class: "phone-head" });
  phone.list = h("ol", { class: "phone-messages", tabindex: 0, "aria-label": "Messages" });
  phone.note = h("p", { class: "phone-note", role: "status" });
  phone.input = h("input", { class: "phone-input", maxlength: LONGEST, autocomplete: "off" });
  phone.send = button(
    { type: "submit", class: "phone-send", "aria-label": "Send from this phone" },
    icon("send"),
  );
  const onsubmit = (event) => submit(phone, event);
  phone.form = h("form", { class: "phone-form", onsubmit }, phone.input, phone.send);
  const parts = [phone.head, phone.list, phone.note, phone.form];
  phone.element = h("article", { class: "phone", dataset: { number } }, parts);
  pager.watch(number);
  return { element: phone.element, update: () => update(phone) };
}

function update(phone) {
  const { pager, number } = phone;
  const person = pager.person(number);
  if (!person) return;
  const messages = pager.mailboxes.get(number) ?? [];
  drawHead(phone, person);
  drawMessages(phone, messages);
  drawForm(phone, person, messages);
}

// ------------------------------------------------------------------------------------- who it is

function drawHead(phone, person) {
  const departments = phone.pager.departments.filter((one) => one.members.includes(person.number));
  const signature = JSON.stringify([person, departments.map((one) => one.number)]);
  if (signature === phone.drawn) return;
  phone.drawn = signature;
  phone.element.setAttribute("aria-label", `Phone of ${person.name}, ${person.number}`);
  phone.element.dataset.status = person.status;
  refill(
    phone.head,
    ".status",
    avatar(person.name),
    nameLines(person),
    statusButton(phone.pager, person),
    phone.onClose && tool("close", "Close this phone", phone.onClose),
    departmentChips(phone.pager, person, departments),
  );
}

function statusButton(pager, person) {
  const item = (status) => ({
    text: statusWord(status),
    checked: status === person.status,
    choose: () => pager.setStatus(person.number, status),
  });
  const items = ["Enabled", "Frozen", "Disabled"].map(item);
  const properties = {
    class: "status",
    dataset: { status: person.status },
    title: "Freeze or disable this extension",
    "aria-haspopup": "menu",
    onclick: (event) => openMenu(event.currentTarget, items, { label: "Status" }),
  };
  return button(properties, statusWord(person.status), icon("down"));
}

function departmentChips(pager, person, departments) {
  const others = pager.departments.filter((one) => !departments.includes(one));
  const items = others.map((one) => ({
    text: one.name,
    detail: one.number,
    choose: () => pager.setMembership(one.number, person.number, true),
  }));
  const open = (event) => openMenu(event.currentTarget, items, { label: "Add to a department" });
  const add = { class: "chip add", "aria-haspopup": "menu", onclick: open };
  const chips = departments.map((one) => departmentChip(pager, person, one));
  return h("div", { class: "chips" }, chips, button(add, "+ Department"));
}

function departmentChip(pager, person, department) {
  const label = `Remove ${person.name} from ${department.name}`;
  const remove = () => pager.setMembership(department.number, person.number, false);
  const cross = button({ "aria-label": label, title: label, onclick: remove }, "×");
  return h("span", { class: "chip" }, department.name, cross);
}

// -------------------------------------------------------------------------------------- messages

const noMessages = {
  key: "none",
  signature: "",
  render: () => h("li", { class: "phone-empty" }, "No messages"),
};

function drawMessages(phone, messages) {
  const isNews = phone.count !== null && messages.length > phone.count;
  const entries = messages.map((message) => messageEntry(phone, message));
  reconcile(phone.list, entries.length ? entries : [noMessages]);
  if (messages.length !== phone.count) phone.list.scrollTop = phone.list.scrollHeight;
  if (isNews && messages.at(-1).direction === "Inbound") ring(phone.element);
  // What was there before the first look does not ring.
  if (phone.pager.mailboxes.has(phone.number)) phone.count = messages.length;
}

/** Light up and come into view, unless somebody is busy with another phone. */
function ring(element) {
  element.classList.remove("rings");
  requestAnimationFrame(() => element.classList.add("rings"));
  const isBusy = element.parentElement?.contains(document.activeElement);
  if (!isBusy) element.scrollIntoView({ block: "nearest" });
}

function messageEntry(phone, message) {
  const isChosen = phone.replyOn === message.id;
  return {
    key: message.id,
    signature: JSON.stringify([message, isChosen]),
    render: () => drawMessage(phone, message, isChosen),
  };
}

function drawMessage(phone, message, isChosen) {
  const classes = [message.direction === "Inbound" ? "in" : "out"];
  if (isChosen) classes.push("chosen");
  if (!message.readable) classes.push("lost");
  const time = h("time", { datetime: message.time }, clock.format(new Date(message.time)));
  return h(
    "li",
    { class: classes.join(" "), dir: "auto" },
    h("p", { class: "meta" }, h("bdi", {}, parties(message)), time),
    message.readable ? bubble(phone, message, isChosen) : lostBubble(),
  );
}

function parties({ direction, from, to }) {
  const names = to.map((one) => one.name).join(", ");
  if (direction !== "Inbound") return `To ${names}`;
  return to.length > 1 ? `${from.name} → ${names}` : from.name;
}

/** Pressing a message makes the reply box answer that conversation; pressing it again, the newest. */
function bubble(phone, message, isChosen) {
  const choose = () => {
    phone.replyOn = isChosen ? null : message.id;
    phone.pager.changed();
    phone.input.focus();
  };
  const properties = {
    class: "bubble",
    title: "Reply to this conversation",
    "aria-label": `Reply to: ${message.text}`,
    "aria-pressed": String(isChosen),
    onclick: choose,
  };
  return button(properties, message.text);
}

function lostBubble() {
  return h("p", { class: "bubble" }, "Not readable any more: no longer in this conversation");
}

// ----------------------------------------------------------------------------------------- writing

/** What a reply answers: the chosen message, else the newest one that can still be read. */
function answered(phone, messages) {
  const chosen = messages.find((message) => message.id === phone.replyOn);
  return chosen ?? messages.findLast((message) => message.readable) ?? null;
}

function drawForm(phone, person, messages) {
  const label = promptFor(person, answered(phone, messages));
  phone.input.placeholder = label;
  phone.input.setAttribute("aria-label", label);
  phone.input.disabled = phone.send.disabled = person.status !== "Enabled";
  phone.note.textContent = phone.problem ?? "";
  phone.note.hidden = !phone.problem;
}

function promptFor(person, target) {
  if (person.status !== "Enabled") return `${statusWord(person.status)}: this phone can't send`;
  if (!target) return "New page: a number, then the message";
  const names = target.to.map((one) => one.name).join(", ");
  return `Reply to ${target.direction === "Inbound" ? target.from.name : names}`;
}

async function submit(phone, event) {
  event.preventDefault();
  const text = phone.input.value.trim();
  const message = draftFrom(text, answered(phone, phone.pager.mailboxes.get(phone.number) ?? []));
  if (!message) return;
  phone.problem = await phone.pager.send({ from: phone.number, ...message }).then(
    () => null,
    (error) => `Not sent. ${error.message}`,
  );
  if (!phone.problem) phone.input.value = "";
  phone.pager.changed();
}

/** A reply where there is something to answer, else a new page to the number it begins with. */
function draftFrom(text, target) {
  if (target) return text && { text, reply_on: target.id };
  const [, to, rest] = /^(\d{2,10})\s+(.+)$/s.exec(text) ?? [];
  return to ? { text: rest, to: [to] } : null;
}
