/** The top: guided scenarios, one at a time, with what happens now in one line. */

import { ask, button, fill, h, reconcile } from "./kit.js";

const TICKS = { passed: "✓", failed: "!", running: "…" };
const OUTCOMES = {
  passed: "Done. Everything was as it should be.",
  failed: "Something was not as expected.",
};
const IDLE = { state: "idle", step: 0 };

/**
 * @param {Array} scenarios  `[{id, number, title, story, steps: [{say}]}]`
 * @param {object} options   onError: told when the demo refuses
 * @returns {{element, apply(event), isRunning()}} `apply` takes a `scenario` event of the stream
 */
export function createRail(scenarios, { onError }) {
  const rail = { scenarios, chosen: scenarios[0], progress: new Map(), queue: [], onError };
  rail.list = h("ol", {
    class: "scenarios",
    "aria-label": "Scenarios",
    onkeydown: (event) => walk(rail, event),
  });
  buildNow(rail);
  const section = { class: "rail", "aria-label": "Guided scenarios" };
  const element = h("section", section, rail.list, rail.now);
  draw(rail);
  return { element, apply: (event) => apply(rail, event), isRunning: () => isRunning(rail) };
}

const progressOf = (rail, scenario) => rail.progress.get(scenario.id) ?? IDLE;
const isRunning = (rail) => [...rail.progress.values()].some(({ state }) => state === "running");

function apply(rail, event) {
  rail.progress.set(event.id, event);
  const scenario = rail.scenarios.find((one) => one.id === event.id);
  if (scenario && event.state === "running") rail.chosen = scenario;
  draw(rail);
  if (event.state === "passed" || event.state === "failed") playNext(rail);
}

function choose(rail, scenario) {
  rail.chosen = scenario;
  draw(rail);
}

function walk(rail, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const next = rail.scenarios[rail.scenarios.indexOf(rail.chosen) + step];
  if (!next) return;
  event.preventDefault();
  choose(rail, next);
  rail.list.querySelector("[aria-current]").focus();
}

// --------------------------------------------------------------------------------------- playing

const tell = (rail, path) => ask("POST", `/demo/${path}`).catch(rail.onError);

/** Play these one after the other; a scenario that fails does not keep the next from playing. */
function play(rail, scenarios) {
  rail.queue = [...scenarios];
  playNext(rail);
}

function playNext(rail) {
  const next = rail.queue.shift();
  if (next) tell(rail, `scenarios/${next.id}/play`);
}

function step(rail) {
  rail.queue = [];
  tell(rail, `scenarios/${rail.chosen.id}/step`);
}

function stop(rail) {
  rail.queue = [];
  tell(rail, "stop");
}

async function reset(rail) {
  rail.queue = [];
  await tell(rail, "reset");
  location.reload();
}

// --------------------------------------------------------------------------------------- drawing

function buildNow(rail) {
  rail.words = h("p", {});
  rail.problem = h("p", { class: "problem" });
  rail.bar = h("progress", { "aria-label": "Progress" });
  rail.stop = railButton("Stop", "stop", () => stop(rail));
  const narration = { class: "narration", "aria-live": "polite" };
  const buttons = [
    railButton("Play", "play", () => play(rail, [rail.chosen]), "strong"),
    railButton("Step", "step", () => step(rail)),
    rail.stop,
    railButton("Play all", "all", () => play(rail, rail.scenarios)),
    railButton("Reset", "reset", () => reset(rail)),
  ];
  rail.now = h(
    "div",
    { class: "now" },
    h("div", narration, rail.words, rail.problem, rail.bar),
    h("div", { class: "rail-buttons" }, buttons),
  );
}

function railButton(text, name, onclick, look = "") {
  return button(
    { class: `rail-button ${look}`, dataset: { name: `button-${name}` }, onclick },
    text,
  );
}

function draw(rail) {
  reconcile(
    rail.list,
    rail.scenarios.map((scenario) => chipEntry(rail, scenario)),
  );
  showChosen(rail);
  rail.stop.disabled = !isRunning(rail);
  drawNarration(rail);
}

/** Bring a newly chosen scenario into view, and otherwise leave the list where somebody put it. */
function showChosen(rail) {
  if (rail.shown === rail.chosen) return;
  rail.shown = rail.chosen;
  const { offsetLeft } = rail.list.querySelector("[aria-current]");
  rail.list.scrollTo({ left: offsetLeft - rail.list.clientWidth / 3 });
}

function drawNarration(rail) {
  const { state, step: at, say, problem } = progressOf(rail, rail.chosen);
  const { story, steps } = rail.chosen;
  const done = state === "passed" ? steps.length : at;
  const count = state !== "idle" && h("strong", {}, `${done}/${steps.length} `);
  fill(rail.words, count, state === "running" ? say : (OUTCOMES[state] ?? story));
  rail.problem.textContent = problem ?? "";
  rail.problem.hidden = !problem;
  Object.assign(rail.bar, { max: steps.length, value: done });
}

function chipEntry(rail, scenario) {
  const { state } = progressOf(rail, scenario);
  const isChosen = scenario === rail.chosen;
  return {
    key: scenario.id,
    signature: `${state} ${isChosen}`,
    render: () => h("li", {}, chip(rail, scenario, state, isChosen)),
  };
}

function chip(rail, scenario, state, isChosen) {
  const properties = {
    class: `scenario ${state}`,
    dataset: { name: scenario.id },
    "aria-current": isChosen ? "true" : null,
    tabindex: isChosen ? 0 : -1,
    onclick: () => choose(rail, scenario),
  };
  const tick = TICKS[state] ?? String(scenario.number);
  return button(
    properties,
    h("span", { class: "tick", "aria-hidden": "true" }, tick),
    h("span", {}, scenario.title, h("span", { class: "for-readers" }, ` ${state}`)),
  );
}
