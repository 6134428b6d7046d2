/**
 * What the page knows about the company pager, kept fresh the way the workspace page does it: an
 * event only says what to read again. Mailboxes are read for the phones that are looked at.
 */

import { ask, coalesced, createReader, openStream } from "./kit.js";

/**
 * @param {string} base     origin of the pager
 * @param {object} handlers onExchange(exchange), onFaults() when other faults stand, onError(error)
 * @returns {object} what is known, `subscribe(listener)`, what a visitor can do, and `start()`
 */
export function createPager(base, { onExchange, onFaults, onError }) {
  const door = (path) => `${base}/_admin/${path}`;
  const listeners = new Set();
  const changed = coalesced(() => listeners.forEach((listener) => listener()));
  const pager = {
    people: [],
    departments: [],
    mailboxes: new Map(), // number → messages, for watched phones
    rung: new Map(), // number → how many messages came since the page was opened
    lastRung: new Map(), // number → order of the newest one
    watched: new Set(),
    changed,
    subscribe: (listener) => listeners.add(listener),
    person: (number) => pager.people.find((person) => person.number === number) ?? null,
  };
  const read = createReader(onError, changed);
  Object.assign(pager, deeds(door, onError), readings(pager, door, read));
  pager.start = () => start(pager, door, { onExchange, onFaults });
  return pager;
}

function readings(pager, door, read) {
  const readMailbox = (number) =>
    read(`mailbox ${number}`, async () => {
      const { records } = await ask("GET", door(`mailboxes/${number}/messages`));
      pager.mailboxes.set(number, records);
    });
  return {
    readState: () =>
      read("state", async () => {
        const { people, departments } = await ask("GET", door("state"));
        Object.assign(pager, { people, departments });
      }),
    readMailbox,
    /** Keep this phone's messages fresh from now on. */
    watch(number) {
      if (pager.watched.has(number)) return;
      pager.watched.add(number);
      readMailbox(number);
    },
    unwatch: (number) => pager.watched.delete(number),
  };
}

/** What a visitor can do; a refusal is told by `onError` unless the caller wants it. */
function deeds(door, onError) {
  const told =
    (work) =>
    (...values) =>
      work(...values).catch(onError);
  return {
    send: (message) => ask("POST", door("messages"), message),
    setStatus: told((number, status) => ask("PATCH", door(`extensions/${number}`), { status })),
    setMembership: told((department, number, belongs) =>
      ask(belongs ? "PUT" : "DELETE", door(`departments/${department}/members/${number}`)),
    ),
    order: (fault) => ask("POST", door("faults"), fault),
    heal: () => ask("DELETE", door("faults")),
    faults: async () => (await ask("GET", door("faults"))).records,
  };
}

/** Exchanges come first: their newest number is where the stream has to begin. */
async function start(pager, door, handlers) {
  const { records } = await ask("GET", door("exchanges?after=0"));
  records.forEach(handlers.onExchange);
  await pager.readState();
  return openStream(door("stream"), {
    after: records.at(-1)?.seq ?? 0,
    events: ["exchange", "message", "state"],
    onEvent: (name, data) => apply(pager, name, data, handlers),
  });
}

function apply(pager, name, data, { onExchange, onFaults }) {
  if (name === "exchange") onExchange(data);
  else if (name === "message") ring(pager, data);
  else if (data.changed === "faults") onFaults();
  else if (data.changed !== "clock") rereadEverything(pager);
}

/** A person or a department changed, and with it what may be read where. */
async function rereadEverything(pager) {
  await pager.readState();
  rereadMailboxes(pager, [...pager.watched]);
}

function ring(pager, { from, message_ids, seq }) {
  const numbers = Object.keys(message_ids);
  for (const number of numbers) {
    if (number === from) continue;
    pager.rung.set(number, (pager.rung.get(number) ?? 0) + 1);
    pager.lastRung.set(number, seq);
  }
  rereadMailboxes(
    pager,
    numbers.filter((number) => pager.watched.has(number)),
  );
  pager.changed();
}

function rereadMailboxes(pager, numbers) {
  numbers.forEach((number) => pager.readMailbox(number));
}
