/**
 * The demo page: the Slack workspace, the pager phones, the wire between them, guided scenarios.
 * It only talks to doors: the workspace's `/_sim`, the pager's `/_admin`, the demo's own `/demo`.
 */

import { ask, button, config, createToasts, fill, h, mountWorkspace, openStream } from "./kit.js";
import { createFaults } from "./faults.js";
import { createPager } from "./pager.js";
import { createPhones } from "./phones.js";
import { createRail } from "./rail.js";
import { createWire } from "./wire.js";

const VIEWS = { slack: "Slack", phones: "Phones", wire: "Wire" };

await start(document.querySelector("#demo"));

async function start(root) {
  const toasts = createToasts();
  const onError = (error) => toasts.show(error.message);
  const wire = createWire();
  const rail = createRail(config.scenarios, { onError });
  const pager = createPager(config.pager.base, {
    onExchange: (exchange) => wire.add("pager", exchange),
    onFaults: () => faults.update(),
    onError,
  });
  const faults = createFaults(pager, { onError });
  const phones = createPhones(pager, config.pinned);
  const slack = h("section", { class: "slack", "aria-label": "Slack workspace" });
  const top = h("header", { class: "top" }, brand(), rail.element, faults.button);
  const panels = [slack, phones.element, wire.element, faults.panel];
  fill(root, top, panels, bottomLine(), viewTabs(root), toasts.element);

  const workspace = await mountWorkspace(slack, {
    ...config.slack,
    onEvent: (name, data) => {
      if (name === "exchange") wire.add("slack", data);
      else if (rail.isRunning()) lookAt(workspace, name, data);
    },
  });
  await Promise.all([pager.start(), readSlackWire(wire), faults.update()]).catch(onError);
  followScenarios(rail, faults);
}

/** What was exchanged before the page came; the stream brings the rest. */
async function readSlackWire(wire) {
  const { exchanges } = await ask("GET", `${config.slack.base}/_sim/exchanges?after=0`);
  for (const exchange of exchanges) wire.add("slack", exchange);
}

function followScenarios(rail, faults) {
  const onEvent = (_, event) => {
    rail.apply(event);
    faults.update();
  };
  openStream("/demo/stream", { events: ["scenario"], onEvent });
}

/** While a scenario runs the workspace shows where it happens, as the person it happens to. */
async function lookAt(workspace, name, { user, channel, thread_ts }) {
  const isPersonal = ["ephemeral", "view", "home"].includes(name);
  if (isPersonal && user) await workspace.become(user);
  if (channel && (isPersonal || name === "message")) await workspace.show({ channel, thread_ts });
}

function brand() {
  const logo = h("img", { src: "/demo/static/favicon.svg", alt: "" });
  return h("div", { class: "brand" }, logo, h("h1", {}, "Pager gateway"));
}

function bottomLine() {
  const hosts = [config.slack.base, config.pager.base].map((base) => new URL(base).host);
  const words =
    `Everything here is simulated: Slack on ${hosts[0]}, RingCentral on ${hosts[1]}. ` +
    "Nothing leaves this computer. The gateway between them is the real program.";
  const desk = h("a", { href: "/console", target: "_blank" }, "Operators’ console");
  const version = `Version ${config.version}`;
  return h("footer", { class: "bottom-line" }, h("p", { title: words }, words), desk, version);
}

/** On a narrow screen the panels are tabs; the style decides whether these show. */
function viewTabs(root) {
  const tabs = Object.entries(VIEWS).map(([view, text]) =>
    button({ role: "tab", dataset: { view }, onclick: () => show(view) }, text),
  );
  function show(view) {
    root.dataset.view = view;
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.view === view));
  }
  show("slack");
  return h("div", { class: "view-tabs", role: "tablist", "aria-label": "Panels" }, tabs);
}
