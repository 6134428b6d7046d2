/**
 * The workspace page: `mountWorkspace(element, {base, user})` builds it into any element.
 *
 * `page` is what all parts share: the store (what the server says), `ui` (where this person is
 * looking), and the things a person can do. Parts draw themselves again when told that something
 * changed; none of them keeps a copy of what the store knows.
 */

import { createApi } from "./api.js";
import { createChannelPane } from "./channel.js";
import { asTyped } from "./completion.js";
import { createComposer } from "./composer.js";
import { askToConfirm } from "./dialog.js";
import { authorOf, channelsOf, createDirectory, people } from "./directory.js";
import { fill, h } from "./dom.js";
import { createModalHost } from "./modal.js";
import { plainMrkdwn } from "./mrkdwn.js";
import { createSidebar } from "./sidebar.js";
import { createStore } from "./store.js";
import { createThreadPane } from "./thread.js";
import { createAnnouncer, createToasts } from "./toast.js";

/**
 * @param {HTMLElement} element
 * @param {object} options
 *   base     origin of the workspace server, "" for the page's own
 *   user     who to be at first; default: the first person
 *   onEvent  called with (name, data) for every event of the server's stream
 * @returns {Promise<{become(user), show({channel, thread_ts}), destroy()}>}
 *   `become` and `show` leave the focus where it is
 */
export async function mountWorkspace(element, { base = "", user, onEvent = () => {} }) {
  await loadStyle();
  const page = createPage(element, createApi(base));
  await start(page, user);
  const endStream = page.store.follow((name, data) => {
    noticeArrival(page, name, data);
    onEvent(name, data);
  });
  const destroy = () => {
    endStream();
    element.replaceChildren();
  };
  return { become: page.become, show: page.show, destroy };
}

/** The style stands beside this module, wherever the page that mounts it comes from. */
function loadStyle() {
  const href = new URL("style.css", import.meta.url).href;
  if ([...document.querySelectorAll("link")].some((link) => link.href === href)) return null;
  const link = h("link", { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => link.addEventListener("load", resolve));
  document.head.append(link);
  return loaded;
}

function createPage(root, api) {
  const toasts = createToasts();
  const announcer = createAnnouncer();
  const store = createStore(api, { onError: (error) => toasts.show(error.message) });
  const page = {
    root,
    store,
    announcer,
    directory: createDirectory(store),
    ui: { channel: null, thread: null, tab: "messages", editing: null },
    keptFor: keeper(),
  };
  Object.assign(page, deeds(page, api, toasts), places(page, api));
  buildInto(root, page, toasts, announcer);
  return page;
}

function buildInto(root, page, toasts, announcer) {
  const frame = h("div", { class: "frame" });
  root.classList.add("workspace");
  fill(root, frame, toasts.element, announcer.element);
  const parts = [createSidebar(page), createChannelPane(page), createThreadPane(page)];
  const curtain = h("div", { class: "curtain", onclick: page.toggleSidebar });
  fill(
    frame,
    parts.map((part) => part.element),
    curtain,
  );
  [, page.channelPane, page.threadPane] = parts;
  const modals = createModalHost(page, root);
  page.draw = () => [...parts, modals].forEach((part) => part.update());
}

async function start(page, user) {
  await page.store.become(user ?? (await firstPerson(page)));
  const channel =
    channelsOf(page.store).find((one) => one.members.includes(page.store.me)) ??
    page.store.workspace.channels[0];
  await page.show({ channel: channel.id });
  page.store.subscribe(page.draw);
  page.draw();
}

async function firstPerson(page) {
  await page.store.readWorkspace();
  return people(page.store)[0].id;
}

/** What was typed or chosen in a message or view, kept while it is open: one Map each. */
function keeper() {
  const kept = new Map();
  return (name) => kept.get(name) ?? kept.set(name, new Map()).get(name);
}

// -------------------------------------------------------------------------------- where one looks

function places(page) {
  const { store, ui } = page;
  return {
    async show({ channel, thread_ts }) {
      if (!store.channel(channel)) return;
      const other = ui.channel !== channel;
      Object.assign(ui, { channel, editing: null, tab: other ? "messages" : ui.tab });
      const thread = thread_ts ?? (other ? null : ui.thread);
      if (thread !== ui.thread) store.threads.clear(); // only the one that is shown is kept fresh
      ui.thread = thread;
      page.root.classList.remove("sidebar-open");
      store.unread.delete(channel);
      store.changed();
      await Promise.all([
        store.readMessages(channel),
        ui.thread && store.readThread(channel, ui.thread),
      ]);
    },
    async openChannel(id) {
      await page.show({ channel: id });
      page.channelPane.focus();
    },
    async openTab(name) {
      ui.tab = name;
      store.changed();
      if (name === "home") await page.openHome();
    },
    async openThread(channel, ts) {
      await page.show({ channel, thread_ts: ts });
      page.threadPane.focus();
    },
    closeThread() {
      const ts = ui.thread;
      ui.thread = null;
      store.changed();
      page.root.querySelector(`.channel [data-ts="${ts}"]`)?.focus();
    },
    toggleSidebar: () => page.root.classList.toggle("sidebar-open"),
    async become(user) {
      if (user === store.me || !store.user(user)) return;
      Object.assign(ui, { thread: null, editing: null });
      await store.become(user);
      if (!store.channel(ui.channel)) await page.show({ channel: channelsOf(store)[0].id });
      store.changed();
    },
  };
}

// ------------------------------------------------------------------------------ what one can do

function deeds(page, api, toasts) {
  const { store, ui } = page;
  const me = () => ({ user: store.me });
  /** Tell the person when something could not be done; callers that must know see the error too. */
  const told =
    (work) =>
    async (...values) => {
      try {
        return await work(...values);
      } catch (error) {
        toasts.show(error.message);
        throw error;
      }
    };
  const shown =
    (work) =>
    (...values) =>
      told(work)(...values).catch(() => {});

  return {
    say: told((text, thread_ts) => {
      const place = { ...me(), channel: ui.channel };
      if (text.startsWith("/") && !thread_ts) return api.command({ ...place, text });
      return api.say({ ...place, text, ...(thread_ts && { thread_ts }) });
    }),
    act: shown((body) => api.act(body)),
    options: told((body) => api.options(body)),
    confirm: (dialog) => askToConfirm(page.root, dialog),
    react: shown((channel, ts, name, remove) => api.react({ ...me(), channel, ts, name, remove })),
    shortcut: shown((callback_id, channel, ts) =>
      api.shortcut({ ...me(), callback_id, channel, ts }),
    ),
    join: shown((channel) => api.join({ ...me(), channel })),
    openHome: shown(() => api.openHome(me())),
    submitView: (id, values) => api.submit(id, { ...me(), values }),
    closeView: shown((id) => api.close(id, me())),
    dismiss(message) {
      store.dismissed.add(message.id);
      store.changed();
    },
    ...editing(page, api, told, shown),
  };
}

function editing(page, api, told, shown) {
  const { store, ui } = page;
  const edit = (ts) => {
    ui.editing = ts;
    store.changed();
  };
  return {
    edit,
    editLast() {
      const own = (store.messages.get(ui.channel) ?? []).filter(
        (message) => message.user === store.me && !message.bot_id,
      );
      if (own.length) edit(own.at(-1).ts);
      return own.length > 0;
    },
    editor(message, { channel }) {
      const save = told(async (text) => {
        await api.edit({ user: store.me, channel: channel.id, ts: message.ts, text });
        edit(null);
      });
      const composer = createComposer(store, {
        label: "Edit message",
        initial: asTyped(store, message.text),
        send: save,
        onCancel: () => edit(null),
      });
      queueMicrotask(composer.focus);
      return composer.element;
    },
    remove: shown(async (channel, ts) => {
      const sure = await page.confirm({
        title: { text: "Delete message?" },
        text: { text: "This can't be undone." },
        confirm: { text: "Delete" },
        deny: { text: "Keep it" },
        style: "danger",
      });
      if (sure) await api.remove({ user: store.me, channel, ts });
    }),
  };
}

/** Count and announce what others wrote. */
function noticeArrival(page, name, data) {
  const { store, ui, announcer } = page;
  if (name !== "message" || !data.message || data.message.user === store.me) return;
  const channel = store.channel(data.channel);
  if (!channel) return;
  if (channel.id !== ui.channel) {
    store.unread.set(channel.id, (store.unread.get(channel.id) ?? 0) + 1);
    store.changed();
  }
  const words = plainMrkdwn(data.message.text, page.directory);
  announcer.say(`${authorOf(store, data.message).name}: ${words}`);
}
