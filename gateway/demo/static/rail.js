/** The top: guided scenarios, one at a time, with what happens now in one line. */

import { ask, fill, h } from "./kit.js";

const TICKS = { passed: "✓", failed: "!", running: "…" };
const OUTCOMES = { passed: "Done. Everything was as it should be.", failed: "Something was not as expected." };

/**
 * @param {Array} scenarios  `[{id, number, title, story, steps: [{say}]}]`
 * @param {(error: Error) => void} onError
 * @returns {{element, apply(event), isRunning()}}
 */
export function createRail(scenarios, { onError }) {
  const rail = { scenarios, chosen: scenarios[0] ?? null, progress: new Map(), queue: [], onError };
  rail.list = h("ol", { class: "scenarios", "aria-label": "Scenarios", onkeydown: (event) => walk(rail, event) });
  rail.now = h("div", { class: "now" });
  rail.element = h("section", { class: "rail", "aria-label": "Guided scenarios" }, rail.list, rail.now);
  draw(rail);
  return { element: rail.element, apply: (event) => apply(rail, event), isRunning: () => stateOf(rail).state === "running" };
}

const stateOf = (rail, scenario = rail.chosen) => rail.progress.get(scenario?.id) ?? { state: "idle", step: 0 };

/** One `scenario` event of the demo's stream. */
function apply(rail, event) {
  rail.progress.set(event.id, event);
  if (event.state === "running") rail.chosen = rail.scenarios.find((one) => one.id === event.id) ?? rail.chosen;
  draw(rail);
  if (event.state === "passed" || event.state === "failed") playNext(rail);
  if (event.state === "idle") rail.queue = [];
}

function playNext(rail) {
  const next = rail.queue.shift();
  if (next) act(rail, "play", next);
}

async function act(rail, verb, scenario = rail.chosen) {
  rail.chosen = scenario;
  draw(rail);
  const path = { play: `scenarios/${scenario.id}/play`, step: `scenarios/${scenario.id}/step` }[verb] ?? verb;
  await ask("POST", `/demo/${path}`).catch(rail.onError);
}

// --------------------------------------------------------------------------------------- drawing

function draw(rail) {
  const focused = rail.element.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  fill(rail.list, rail.scenarios.map((scenario) => chip(rail, scenario)));
  fill(rail.now, rail.chosen ? [narration(rail), buttons(rail)] : "There are no scenarios.");
  if (focused) rail.element.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  const current = rail.list.querySelector("[aria-current]");
  if (current) rail.list.scrollTo({ left: current.offsetLeft - rail.list.clientWidth / 3 });
}

function chip(rail, scenario) {
  const { state } = stateOf(rail, scenario);
  const chosen = scenario === rail.chosen;
  const choose = () => {
    rail.chosen = scenario;
    draw(rail);
  };
  const properties = { type: "button", class: `scenario ${state}`, dataset: { name: scenario.id }, "aria-current": chosen ? "true" : null, tabindex: chosen ? 0 : -1, onclick: choose };
  const mark = h("span", { class: "tick", "aria-hidden": "true" }, TICKS[state] ?? String(scenario.number));
  const words = h("span", {}, scenario.title, h("span", { class: "for-readers" }, ` ${state}`));
  return h("li", {}, h("button", properties, mark, words));
}

function narration(rail) {
  const { state, step, say, problem } = stateOf(rail);
  const { story, steps } = rail.chosen;
  const words = state === "idle" ? story : (OUTCOMES[state] ?? say ?? steps[step]?.say ?? story);
  const done = state === "passed" ? steps.length : Math.min(step ?? 0, steps.length);
  const bar = h("progress", { max: steps.length || 1, value: done, "aria-label": "Progress" });
  return h(
    "div",
    { class: "narration", "aria-live": "polite" },
    h("p", {}, state !== "idle" && h("strong", {}, `${done}/${steps.length} `), words),
    problem && h("p", { class: "problem" }, problem),
    bar,
  );
}

function buttons(rail) {
  const running = stateOf(rail).state === "running";
  const playAll = () => {
    rail.queue = rail.scenarios.slice(1);
    act(rail, "play", rail.scenarios[0]);
  };
  return h(
    "div",
    { class: "rail-buttons" },
    button("Play", "play", () => act(rail, "play"), "strong"),
    button("Step", "step", () => act(rail, "step")),
    button("Stop", "stop", () => stop(rail), "", !running && rail.queue.length === 0),
    button("Play all", "all", playAll),
    button("Reset", "reset", () => reset(rail)),
  );
}

function button(text, name, onclick, extra = "", disabled = false) {
  return h("button", { type: "button", class: `rail-button ${extra}`, dataset: { name: `button-${name}` }, disabled, onclick }, text);
}

function stop(rail) {
  rail.queue = [];
  act(rail, "stop");
}

async function reset(rail) {
  rail.queue = [];
  await act(rail, "reset");
  location.reload();
}

function walk(rail, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const next = rail.scenarios[rail.scenarios.indexOf(rail.chosen) + step];
  if (!step || !next) return;
  event.preventDefault();
  rail.chosen = next;
  draw(rail);
  rail.list.querySelector("[aria-current]").focus();
}
