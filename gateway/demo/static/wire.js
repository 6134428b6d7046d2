/** The drawer below: every HTTP exchange between the three, in order, as it happens. */

import { button, coalesced, h, keepAtEnd, reconcile } from "./kit.js";

const KEPT = 2000;
const SHOWN = 250;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

/** Who called whom, by the server that wrote it down and the direction it saw. */
const ROUTES = {
  slack: { out: ["Slack", "Gateway"], in: ["Gateway", "Slack"] },
  pager: { in: ["Gateway", "RingCentral"], out: ["RingCentral", "Gateway"] },
};

/** @returns {{element, add(side, exchange)}} `side` is "slack" or "pager" */
export function createWire() {
  const wire = { exchanges: [], seen: new Set(), query: "", heldFrom: null, isRoutineShown: false };
  wire.rows = h("ol", { class: "wire-rows", "aria-label": "HTTP exchanges" });
  wire.empty = h("p", { class: "wire-empty" }, "Nothing to show here.");
  const body = h("div", { class: "wire-body" }, wire.rows, wire.empty);
  const element = h("section", { class: "wire", "aria-label": "Wire" }, bar(wire), body);
  keepAtEnd(body, wire.rows);
  wire.update = coalesced(() => update(wire));
  wire.update();
  return { element, add: (side, exchange) => add(wire, side, exchange) };
}

function add(wire, side, exchange) {
  const key = `${side} ${exchange.seq}`;
  if (wire.seen.has(key)) return;
  wire.seen.add(key);
  insertByTime(wire.exchanges, { ...exchange, key, side });
  if (wire.exchanges.length > KEPT) wire.exchanges.shift();
  wire.update();
}

/** Two servers report; what one tells late still goes to its place. */
function insertByTime(exchanges, exchange) {
  let at = exchanges.length;
  while (at > 0 && exchanges[at - 1].time > exchange.time) at -= 1;
  exchanges.splice(at, 0, exchange);
}

// ------------------------------------------------------------------------------------------- bar

function bar(wire) {
  wire.count = h("span", { class: "wire-count" });
  wire.search = searchField(wire);
  wire.routine = button({ class: "quiet-button", onclick: () => toggleRoutine(wire) });
  wire.pause = button({ class: "quiet-button", onclick: () => togglePause(wire) });
  const clear = button({ class: "quiet-button", onclick: () => empty(wire) }, "Clear");
  const folding = { class: "quiet-button fold", "aria-expanded": "true" };
  const foldButton = button({ ...folding, onclick: () => fold(foldButton) }, "Hide");
  const tools = [wire.search, wire.routine, wire.pause, clear, foldButton];
  return h("header", { class: "panel-head" }, h("h2", {}, "Wire"), wire.count, tools);
}

function searchField(wire) {
  return h("input", {
    type: "search",
    class: "filter",
    placeholder: "Filter: reference, path, status",
    "aria-label": "Filter the wire",
    oninput: () => filterBy(wire, wire.search.value),
  });
}

function filterBy(wire, query) {
  wire.search.value = wire.query = query;
  wire.update();
}

function toggleRoutine(wire) {
  wire.isRoutineShown = !wire.isRoutineShown;
  wire.update();
}

function togglePause(wire) {
  wire.heldFrom = wire.heldFrom === null ? wire.exchanges.length : null;
  wire.update();
}

function empty(wire) {
  wire.exchanges = [];
  if (wire.heldFrom !== null) wire.heldFrom = 0;
  wire.update();
}

function fold(control) {
  const isFolded = control.closest(".wire").classList.toggle("folded");
  control.textContent = isFolded ? "Show" : "Hide";
  control.setAttribute("aria-expanded", String(!isFolded));
}

function drawBar(wire, counts) {
  const isHeld = wire.heldFrom !== null;
  const waiting = counts.waiting ? `Resume · ${counts.waiting} waiting` : "Resume";
  wire.count.textContent = wire.query ? `${counts.found} of ${counts.all}` : String(counts.all);
  wire.pause.textContent = isHeld ? waiting : "Pause";
  wire.pause.setAttribute("aria-pressed", String(isHeld));
  wire.routine.textContent = `Routine syncs · ${counts.routine}`;
  wire.routine.setAttribute("aria-pressed", String(wire.isRoutineShown));
}

// ------------------------------------------------------------------------------------------ rows

function update(wire) {
  const { exchanges } = wire;
  const all = wire.heldFrom === null ? exchanges : exchanges.slice(0, wire.heldFrom);
  const found = all.filter((one) => isWanted(wire, one));
  reconcile(
    wire.rows,
    found.slice(-SHOWN).map((one) => rowEntry(wire, one)),
  );
  wire.empty.hidden = found.length > 0;
  drawBar(wire, {
    all: all.length,
    found: found.length,
    routine: all.filter(isRoutine).length,
    waiting: exchanges.length - all.length,
  });
}

/** The regular question for news, answered well: there is much of it, and little to see. */
function isRoutine({ side, method, path, status }) {
  return side === "pager" && method === "GET" && status === 200 && path.endsWith("/message-sync");
}

function isWanted(wire, exchange) {
  if (isRoutine(exchange) && !wire.isRoutineShown) return false;
  const { method, path, status, reference, fault } = exchange;
  const facts = [...partiesOf(exchange), method, path, status, codeOf(exchange), reference, fault];
  const text = facts.join(" ").toLowerCase();
  return wire.query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const partiesOf = ({ side, direction }) => ROUTES[side][direction];
const codeOf = (exchange) => exchange.error_code ?? exchange.error ?? null;

function rowEntry(wire, exchange) {
  return { key: exchange.key, signature: "", render: () => row(wire, exchange) };
}

function row(wire, exchange) {
  const { status, elapsed_ms } = exchange;
  const [from, to] = partiesOf(exchange);
  const isGood = status !== null && status < 400 && !codeOf(exchange);
  const cells = [
    h("time", { datetime: exchange.time }, clock.format(new Date(exchange.time))),
    h("span", { class: "parties" }, party(from), "→", party(to)),
    h("code", { class: "what", title: what(exchange) }, what(exchange)),
    h("span", { class: "code-status" }, status === null ? "no answer" : String(status)),
    h("span", { class: "code" }, codeOf(exchange) ?? ""),
    reference(wire, exchange),
    h("span", { class: "marks" }, marks(exchange)),
    h("span", { class: "elapsed" }, `${Math.round(elapsed_ms)} ms`),
  ];
  return h("li", { class: isGood ? "row" : "row bad" }, cells);
}

function party(name) {
  return h("span", { class: "party", dataset: { name } }, name);
}

/** The workspace writes down a method's name; the pager a verb and a path, whose end tells. */
function what({ side, method, path }) {
  if (side === "slack") return method;
  const place = path
    .replace(/^https?:\/\/[^/]+/, "")
    .replace(/^\/restapi\/(v1\.0\/)?(account\/[^/]+\/)?(extension\/[^/]+\/)?/, "…/");
  return `${method} ${place}`;
}

function reference(wire, exchange) {
  if (!exchange.reference) return h("span", {});
  const only = () => filterBy(wire, wire.query === exchange.reference ? "" : exchange.reference);
  const properties = { class: "reference", title: "Show only this reference", onclick: only };
  return button(properties, exchange.reference);
}

function marks({ signed, retry_num, fault }) {
  const mark = (name, text) => h("span", { class: `mark ${name}` }, text);
  return [
    signed && mark("signed", "signed"),
    retry_num > 0 && mark("retry", `retry ${retry_num}`),
    fault && mark("fault", fault.replaceAll("_", " ")),
  ];
}
