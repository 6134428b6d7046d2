/** The fault menu: make either side fail in the ways the real ones do, and heal everything. */

import { ask, config, fill, h } from "./kit.js";

/** What can be ordered, in a visitor's words. Verbs and arguments are those of the two servers. */
const MENU = [
  {
    title: "RingCentral",
    side: "pager",
    faults: [
      { text: "Slow answers", detail: "each answer trickles in over seconds", order: { verb: "slow_drip" } },
      { text: "Too many requests", detail: "429; every call during the penalty restarts it", order: { verb: "penalty" } },
      { text: "Down for maintenance", detail: "503 until healed", order: { verb: "maintenance" } },
      { text: "Lose the next answer", detail: "the page is accepted, then the connection drops", order: { verb: "process_then_reset", times: 1, match: { method: "POST", path: "company-pager" } } },
      { text: "Send webhooks twice", detail: "the next three", order: { verb: "duplicate_webhook", times: 3 } },
      { text: "Lose webhooks", detail: "the next three; the messages are still there", order: { verb: "drop_webhook", times: 3 } },
    ],
  },
  {
    title: "Slack",
    side: "slack",
    faults: [
      { text: "Rate limit posting", detail: "429 for the next three messages", order: { verb: "ratelimit", times: 3 } },
      { text: "Repeat the next event", detail: "the same event three times", order: { verb: "retry_event", n: 3 } },
      { text: "Expire response URLs", detail: "private answers find another way", order: { verb: "expire_response_url" } },
      { text: "Lose the next answer", detail: "the message is posted, then the connection drops", order: { verb: "process_then_reset", times: 1 } },
    ],
  },
];

/** @returns {{button, panel, update()}} the button opens the panel; `update` reads what stands */
export function createFaults(pager, { onError }) {
  const standing = h("p", { class: "standing" });
  const panel = h("div", { class: "fault-panel", id: "faults", popover: "auto", "aria-label": "Fault menu" });
  const button = h("button", { type: "button", class: "quiet-button", popovertarget: "faults" }, "Faults");
  const menu = { pager, onError, standing, panel, button };
  fill(panel, h("div", { class: "fault-columns" }, MENU.map((group) => column(menu, group)), clockColumn(menu)), footer(menu));
  pager.subscribe(() => update(menu));
  return { button, panel, update: () => update(menu) };
}

function column(menu, { title, side, faults }) {
  const order = (fault) => () => attempt(menu, () => (side === "pager" ? menu.pager.order(fault.order) : ask("POST", slackDoor(), fault.order)));
  return h("section", {}, h("h3", {}, title), faults.map((fault) => entry(fault, order(fault))));
}

function clockColumn(menu) {
  const jump = (seconds) => () => attempt(menu, () => ask("POST", "/demo/clock", { advance_s: seconds }));
  const entries = [
    { text: "15 minutes later", detail: "everybody's clock moves", seconds: 900 },
    { text: "1 hour later", detail: "reminders, escalations, expiry", seconds: 3600 },
  ];
  return h("section", {}, h("h3", {}, "Clock"), entries.map((one) => entry(one, jump(one.seconds))));
}

function entry({ text, detail }, onclick) {
  return h("button", { type: "button", class: "fault", onclick }, h("strong", {}, text), h("span", {}, detail));
}

function footer(menu) {
  const heal = h("button", { type: "button", class: "rail-button strong", onclick: () => attempt(menu, () => healAll(menu)) }, "Heal everything");
  return h("footer", {}, menu.standing, heal);
}

const slackDoor = () => `${config.slack.base}/_sim/faults`;

async function healAll(menu) {
  await Promise.all([menu.pager.heal(), ask("DELETE", slackDoor())]);
}

async function attempt(menu, work) {
  await work().catch(menu.onError);
  await update(menu);
}

/** Say which faults stand, on the button too: nobody should wonder why things fail. */
async function update(menu) {
  const [ofPager, ofSlack] = await Promise.all([menu.pager.faults(), ask("GET", slackDoor())]).catch(() => [[], { faults: [] }]);
  const names = [...ofPager, ...ofSlack.faults].map((fault) => fault.verb.replaceAll("_", " "));
  menu.standing.textContent = names.length ? `Standing: ${names.join(", ")}` : "No fault is standing.";
  menu.button.textContent = names.length ? `Faults · ${names.length}` : "Faults";
  menu.button.classList.toggle("alarmed", names.length > 0);
}
