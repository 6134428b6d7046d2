/** The drawer below: every HTTP exchange between the three, in order, as it happens. */

import { coalesced, h, reconcile } from "./kit.js";

const KEPT = 2000;
const SHOWN = 250;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });

/** Who called whom, by the server that wrote it down and the direction it saw. */
const ROUTES = {
  slack: { out: ["Slack", "Gateway"], in: ["Gateway", "Slack"] },
  pager: { in: ["Gateway", "RingCentral"], out: ["RingCentral", "Gateway"] },
};

/** @returns {{element, add(side, exchange)}} `side` is "slack" or "pager" */
export function createWire() {
  const wire = { exchanges: [], seen: new Set(), query: "", pausedAt: null, routine: false };
  buildBar(wire);
  wire.rows = h("ol", { class: "wire-rows", "aria-label": "HTTP exchanges" });
  wire.empty = h("p", { class: "wire-empty" }, "Nothing yet. Type /page in the workspace, or play a scenario.");
  wire.body = h("div", { class: "wire-body" }, wire.rows, wire.empty);
  wire.element = h("section", { class: "wire", "aria-label": "Wire" }, wire.bar, wire.body);
  wire.update = coalesced(() => update(wire));
  wire.update();
  return { element: wire.element, add: (side, exchange) => add(wire, side, exchange) };
}

function add(wire, side, exchange) {
  const key = `${side} ${exchange.seq}`;
  if (wire.seen.has(key)) return;
  wire.seen.add(key);
  wire.exchanges.push({ ...exchange, key, side });
  wire.exchanges.sort((one, other) => one.time.localeCompare(other.time));
  if (wire.exchanges.length > KEPT) wire.seen.delete(wire.exchanges.shift().key);
  wire.update();
}

// ------------------------------------------------------------------------------------------- bar

function buildBar(wire) {
  wire.search = h("input", { type: "search", class: "filter", placeholder: "Filter: reference, path, status", "aria-label": "Filter the wire" });
  wire.search.addEventListener("input", () => filterBy(wire, wire.search.value));
  wire.pause = h("button", { type: "button", class: "quiet-button", onclick: () => togglePause(wire) }, "Pause");
  const clear = h("button", { type: "button", class: "quiet-button", onclick: () => empty(wire) }, "Clear");
  wire.fold = h("button", { type: "button", class: "quiet-button fold", "aria-expanded": "true", onclick: () => fold(wire) }, "Hide");
  wire.count = h("span", { class: "wire-count" });
  wire.routineButton = h("button", { type: "button", class: "quiet-button", onclick: () => toggleRoutine(wire) });
  const buttons = [wire.routineButton, wire.pause, clear, wire.fold];
  wire.bar = h("header", { class: "panel-head" }, h("h2", {}, "Wire"), wire.count, wire.search, buttons);
}

function filterBy(wire, query) {
  wire.search.value = wire.query = query;
  wire.update();
}

function toggleRoutine(wire) {
  wire.routine = !wire.routine;
  wire.update();
}

function togglePause(wire) {
  wire.pausedAt = wire.pausedAt === null ? wire.exchanges.length : null;
  wire.update();
}

function empty(wire) {
  wire.exchanges = [];
  if (wire.pausedAt !== null) wire.pausedAt = 0;
  wire.update();
}

function fold(wire) {
  const open = wire.element.classList.toggle("folded");
  wire.fold.textContent = open ? "Show" : "Hide";
  wire.fold.setAttribute("aria-expanded", String(!open));
}

// ------------------------------------------------------------------------------------------ rows

function update(wire) {
  const atEnd = wire.body.scrollHeight - wire.body.scrollTop - wire.body.clientHeight < 40;
  const visible = wire.pausedAt === null ? wire.exchanges : wire.exchanges.slice(0, wire.pausedAt);
  const waiting = wire.exchanges.length - visible.length;
  const routine = visible.filter(isRoutine).length;
  const found = visible.filter((exchange) => (wire.routine || !isRoutine(exchange)) && matches(exchange, wire.query));
  reconcile(wire.rows, found.slice(-SHOWN).map((exchange) => ({ key: exchange.key, signature: "", render: () => row(wire, exchange) })));
  wire.empty.hidden = found.length > 0;
  wire.count.textContent = wire.query ? `${found.length} of ${visible.length}` : String(visible.length);
  wire.pause.textContent = wire.pausedAt === null ? "Pause" : waiting ? `Resume · ${waiting} waiting` : "Resume";
  wire.pause.setAttribute("aria-pressed", String(wire.pausedAt !== null));
  wire.routineButton.textContent = `Routine syncs · ${routine}`;
  wire.routineButton.setAttribute("aria-pressed", String(wire.routine));
  if (atEnd) wire.body.scrollTop = wire.body.scrollHeight;
}

/** The regular question whether there is anything new, answered well: much of it, and little to see. */
function isRoutine({ side, method, path, status }) {
  return side === "pager" && method === "GET" && status === 200 && path.endsWith("/message-sync");
}

function matches(exchange, query) {
  const words = query.trim().toLowerCase().split(/\s+/);
  const text = [...partiesOf(exchange), exchange.method, exchange.path, exchange.status, codeOf(exchange), exchange.reference, exchange.fault].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

const partiesOf = (exchange) => ROUTES[exchange.side][exchange.direction];
const codeOf = (exchange) => exchange.error_code ?? exchange.error ?? null;

function row(wire, exchange) {
  const [from, to] = partiesOf(exchange);
  const good = exchange.status !== null && exchange.status < 400 && !codeOf(exchange);
  return h(
    "li",
    { class: good ? "row" : "row bad" },
    h("time", { datetime: exchange.time }, clock.format(new Date(exchange.time))),
    h("span", { class: "parties" }, party(from), "→", party(to)),
    h("code", { class: "what", title: what(exchange) }, what(exchange)),
    h("span", { class: "code-status" }, exchange.status === null ? "no answer" : String(exchange.status)),
    h("span", { class: "code" }, codeOf(exchange) ?? ""),
    reference(wire, exchange),
    h("span", { class: "marks" }, marksOf(exchange).map(([name, text]) => h("span", { class: `mark ${name}` }, text))),
    h("span", { class: "elapsed" }, `${Math.round(exchange.elapsed_ms)} ms`),
  );
}

function party(name) {
  return h("span", { class: "party", dataset: { name } }, name);
}

/** The workspace writes down the method's name; the pager verb and path, of which the end tells. */
function what({ side, method, path }) {
  if (side === "slack") return method;
  const place = path.replace(/^https?:\/\/[^/]+/, "").replace(/^\/restapi\/(v1\.0\/)?(account\/[^/]+\/)?(extension\/[^/]+\/)?/, "…/");
  return `${method} ${place}`;
}

function reference(wire, exchange) {
  if (!exchange.reference) return h("span", {});
  const only = () => filterBy(wire, wire.query === exchange.reference ? "" : exchange.reference);
  return h("button", { type: "button", class: "reference", title: "Show only this reference", onclick: only }, exchange.reference);
}

function marksOf(exchange) {
  return [
    exchange.signed && ["signed", "signed"],
    exchange.retry_num > 0 && ["retry", `retry ${exchange.retry_num}`],
    exchange.fault && ["fault", exchange.fault.replaceAll("_", " ")],
  ].filter(Boolean);
}
