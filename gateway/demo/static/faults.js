/** The fault menu: make either side fail in the ways the real ones do, and heal everything. */

import { ask, button, config, fill, h } from "./kit.js";

/** What can be ordered, in a visitor's words; verbs and arguments are those of the two servers. */
const OF_RINGCENTRAL = [
  ["Slow answers", "each answer trickles in over seconds", { verb: "slow_drip" }],
  ["Too many requests", "429; calls during the penalty restart it", { verb: "penalty" }],
  ["Down for maintenance", "503 until healed", { verb: "maintenance" }],
  [
    "Lose the next answer",
    "the page is accepted, then the line drops",
    { verb: "process_then_reset", times: 1, match: { method: "POST", path: "company-pager" } },
  ],
  ["Send webhooks twice", "the next three", { verb: "duplicate_webhook", times: 3 }],
  ["Delay a webhook", "the next one overtakes it", { verb: "reorder_webhook", times: 1 }],
  ["Lose webhooks", "the next three; the messages are there", { verb: "drop_webhook", times: 3 }],
];
const OF_SLACK = [
  ["Rate limit posting", "429 for the next three messages", { verb: "ratelimit", times: 3 }],
  ["Repeat the next event", "the same event three times", { verb: "retry_event", n: 3 }],
  ["Expire response URLs", "private answers find another way", { verb: "expire_response_url" }],
  [
    "Lose the next answer",
    "the message is posted, then the line drops",
    { verb: "process_then_reset", times: 1 },
  ],
];
const OF_TIME = [
  ["15 minutes later", "everybody's clock moves", { advance_s: 900 }],
  ["1 hour later", "reminders, escalations, expiry", { advance_s: 3600 }],
];

const slackDoor = `${config.slack.base}/_sim/faults`;

/** @returns {{button, panel, update()}} the button opens the panel; `update` reads what stands */
export function createFaults(pager, { onError }) {
  const menu = { pager, onError, standing: h("p", { class: "standing" }) };
  menu.button = button({ class: "quiet-button", popovertarget: "faults" }, "Faults");
  const columns = [
    column(menu, "RingCentral", OF_RINGCENTRAL, (order) => pager.order(order)),
    column(menu, "Slack", OF_SLACK, (order) => ask("POST", slackDoor, order)),
    column(menu, "Clock", OF_TIME, (order) => ask("POST", "/demo/clock", order)),
  ];
  const properties = { class: "fault-panel", id: "faults", popover: "auto" };
  menu.panel = h(
    "div",
    { ...properties, "aria-label": "Fault menu", ontoggle: () => update(menu) },
    h("div", { class: "fault-columns" }, columns),
    h("footer", {}, menu.standing, healButton(menu)),
  );
  return { button: menu.button, panel: menu.panel, update: () => update(menu) };
}

function column(menu, title, faults, send) {
  const entry = ([text, detail, order]) =>
    button(
      { class: "fault", onclick: () => attempt(menu, () => send(order)) },
      h("strong", {}, text),
      h("span", {}, detail),
    );
  return h("section", {}, h("h3", {}, title), faults.map(entry));
}

function healButton(menu) {
  const heal = () => Promise.all([menu.pager.heal(), ask("DELETE", slackDoor)]);
  const onclick = () => attempt(menu, heal);
  return button({ class: "rail-button strong", onclick }, "Heal everything");
}

async function attempt(menu, work) {
  await work().catch(menu.onError);
  await update(menu);
}

/** Say which faults stand, on the button too: nobody should wonder why things fail. */
async function update(menu) {
  const answers = await Promise.all([menu.pager.faults(), ask("GET", slackDoor)]).catch(() => null);
  if (!answers) return; // the pager may be refusing connections, as ordered
  const [ofPager, { faults: ofSlack }] = answers;
  const names = [...ofPager, ...ofSlack].map((fault) => fault.verb.replaceAll("_", " "));
  const some = names.length > 0;
  fill(menu.standing, some ? `Standing: ${names.join(", ")}` : "No fault is standing.");
  fill(menu.button, some ? `Faults · ${names.length}` : "Faults");
  menu.button.classList.toggle("alarmed", some);
}
