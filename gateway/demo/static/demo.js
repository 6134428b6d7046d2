/**
 * The demo page: the Slack workspace, the pager phones, the wire between them, and guided scenarios.
 * It only talks to doors: the workspace's `/_sim`, the pager's `/_admin`, and the demo's own `/demo`.
 */

import { ask, config, createToasts, fill, h, mountWorkspace, openStream } from "./kit.js";
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
  const pager = createPager(config.pager.base, { onExchange: (exchange) => wire.add("pager", exchange), onError });
  const rail = createRail(config.scenarios, { onError });
  const faults = createFaults(pager, { onError });
  const phones = createPhones(pager, config.pinned);
  const slack = h("section", { class: "slack", "aria-label": "Slack workspace" });
  const top = h("header", { class: "top" }, brand(), rail.element, faults.button);
  fill(root, top, slack, phones.element, wire.element, faults.panel, bottomLine(), viewTabs(root), toasts.element);

  const workspace = await mountWorkspace(slack, {
    ...config.slack,
    onEvent: (name, data) => {
      if (name === "exchange") wire.add("slack", data);
      else if (rail.isRunning()) lookAt(workspace, name, data);
    },
  });
  await Promise.all([pager.start(), readSlackWire(wire), faults.update()]).catch(onError);
  followScenarios(rail, workspace, phones);
}

async function readSlackWire(wire) {
  const { exchanges } = await ask("GET", `${config.slack.base}/_sim/exchanges?after=0`);
  exchanges.forEach((exchange) => wire.add("slack", exchange));
}

function followScenarios(rail, workspace, phones) {
  openStream("/demo/stream", {
    events: ["scenario"],
    onEvent: (_, event) => {
      rail.apply(event);
      if (event.focus) lookAt(workspace, "focus", event.focus);
      if (event.focus?.phone) phones.reveal(event.focus.phone);
    },
  });
}

/** While a scenario runs the workspace shows where it happens, as the person it happens to. */
async function lookAt(workspace, name, { user, channel, thread_ts }) {
  const personal = ["ephemeral", "view", "home", "focus"].includes(name);
  if (personal && user) await workspace.become(user);
  if (channel && (personal || name === "message")) await workspace.show({ channel, thread_ts });
}

function brand() {
  return h("div", { class: "brand" }, h("img", { src: "/demo/static/favicon.svg", alt: "" }), h("h1", {}, "Pager gateway"));
}

function bottomLine() {
  const host = (base) => new URL(base, location.href).host;
  const words = `Everything here is simulated: Slack on ${host(config.slack.base)}, RingCentral on ${host(config.pager.base)}. Nothing leaves this computer. The gateway between them is the real program.`;
  return h("footer", { class: "bottom-line" }, words, " ", h("span", {}, `Version ${config.version}`));
}

/** On a narrow screen the panels are tabs; the style decides whether these show. */
function viewTabs(root) {
  const show = (name) => {
    root.dataset.view = name;
    for (const tab of tabs.children) tab.setAttribute("aria-selected", String(tab.dataset.view === name));
  };
  const tab = (name) => h("button", { type: "button", role: "tab", dataset: { view: name }, onclick: () => show(name) }, VIEWS[name]);
  const tabs = h("div", { class: "view-tabs", role: "tablist", "aria-label": "Panels" }, Object.keys(VIEWS).map(tab));
  show("slack");
  return tabs;
}
