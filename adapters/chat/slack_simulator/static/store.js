/**
 * What the page knows about the workspace, kept fresh.
 *
 * There is one way in: everything is read from the server, and an event of the stream only says
 * which part to read again. So a missed, repeated or reordered event can never leave a wrong page.
 */

import { coalesced } from "./dom.js";
import { openStream } from "./live.js";
import { createReader } from "./reader.js";

const EVENTS = [
  ...["message", "message_changed", "message_deleted", "reaction", "ephemeral"],
  ...["view", "home", "channel", "delivery", "exchange", "reset"],
];

export function createStore(api, { onError }) {
  const store = {
    me: null,
    status: "waiting",
    workspace: null,
    messages: new Map(), // channel → messages shown in the channel itself
    threads: new Map(), // "channel/ts" → parent and replies
    privates: [],
    views: [],
    home: null,
    unread: new Map(), // channel → number
    dismissed: new Set(), // private messages the person has taken away
  };
  const listeners = new Set();
  const changed = coalesced(() => listeners.forEach((listener) => listener()));
  const reader = createReader(onError, changed);
  return Object.assign(store, actions(store, api, reader, listeners, changed));
}

function actions(store, api, read, listeners, changed) {
  /** An answer that arrives after the person was switched belongs to somebody else: drop it. */
  async function readMine(property, load) {
    const me = store.me;
    await read(property, async () => {
      const answer = await load(store.me);
      if (store.me === me) store[property] = answer;
    });
  }

  const self = {
    changed,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    readWorkspace: () => readMine("workspace", api.state),
    readPrivates: () =>
      readMine("privates", async (me) => listIn(await api.privates(me), "messages")),
    readViews: () => readMine("views", async (me) => listIn(await api.views(me), "views")),
    readHome: () => readMine("home", async (me) => (await api.home(me)).view ?? null),
    readMessages: (channel) =>
      read(`messages ${channel}`, async () => {
        store.messages.set(channel, listIn(await api.messages(channel), "messages"));
      }),
    readThread: (channel, ts) =>
      read(`thread ${channel} ${ts}`, async () => {
        store.threads.set(`${channel}/${ts}`, listIn(await api.thread(channel, ts), "messages"));
      }),

    /** Become this person: forget what the one before saw. */
    async become(user) {
      Object.assign(store, { me: user, privates: [], views: [], home: null });
      store.unread.clear();
      await self.readWorkspace();
      await Promise.all([self.readPrivates(), self.readViews(), self.readHome()]);
    },

    /** Follow the server from the state that was read; returns the function that ends it. */
    follow(onEvent) {
      return openStream(api.url("/stream"), {
        after: store.workspace.cursor,
        events: EVENTS,
        onEvent: (name, data) => {
          self.apply(name, data);
          onEvent(name, data);
        },
        onStatus: (status) => {
          store.status = status;
          changed();
        },
      });
    },

    /** Read again what an event says has changed. */
    apply(name, data) {
      if (name.startsWith("message") || name === "reaction") self.rereadChannel(data.channel);
      else if (name === "ephemeral") self.readPrivates();
      else if (name === "view") self.readViews();
      else if (name === "home") self.readHome();
      else if (name === "channel") self.readWorkspace();
      else if (name === "reset") self.rereadAll();
    },

    /** The server no longer has every event since the page last heard from it. */
    rereadAll() {
      self.become(store.me);
      for (const channel of store.messages.keys()) self.rereadChannel(channel);
    },

    rereadChannel(channel) {
      if (store.messages.has(channel)) self.readMessages(channel);
      for (const key of store.threads.keys()) {
        const [threadChannel, ts] = key.split("/");
        if (threadChannel === channel) self.readThread(channel, ts);
      }
      if (!self.channel(channel)) self.readWorkspace();
    },

    channel: (id) => store.workspace?.channels.find((channel) => channel.id === id) ?? null,
    user: (id) => store.workspace?.users.find((user) => user.id === id) ?? null,
  };
  return self;
}

const listIn = (answer, name) => (Array.isArray(answer) ? answer : (answer[name] ?? []));
