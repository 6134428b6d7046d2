/** How people and their status are written, on cards, lines and in departments alike. */

import { h } from "./kit.js";

/** RingCentral's words for an extension's status, as people say them. */
const WORDS = {
  Enabled: "Active",
  Disabled: "Disabled",
  Frozen: "Frozen",
  NotActivated: "Not activated",
  Unassigned: "Unassigned",
};

export const statusWord = (status) => WORDS[status] ?? status;

/** Name, and below it number and title. */
export function nameLines({ name, number, title, type }) {
  return h(
    "span",
    { class: "phone-name" },
    h("strong", {}, h("bdi", {}, name)),
    h("span", {}, `${number} · ${title || type}`),
  );
}

/** Whether what somebody looks for is in a person's name, number, title or status. */
export function matches({ number, name, title, status }, query) {
  return folded(`${number} ${name} ${title} ${statusWord(status)}`).includes(folded(query.trim()));
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
