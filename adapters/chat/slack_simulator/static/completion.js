/**
 * What to offer while somebody types: slash commands, people, channels, emoji.
 *
 * Pure: text and caret in, suggestions out. The composer draws them.
 */

import { EMOJI } from "./emoji.js";
import { channelsOf, people } from "./directory.js";
import { unescapeText } from "./mrkdwn.js";

const SHOWN = 8;

/**
 * @returns {{from: number, items: Array<{insert, text, detail}>, hint: string|null}}
 *   `from` is where the typed word begins; `hint` is a command's usage line
 */
export function suggestionsFor(store, text, caret, { commands = false } = {}) {
  const before = text.slice(0, caret);
  if (commands && before.startsWith("/"))
    return commandSuggestions(store.workspace.commands, before);
  const word = /(?:^|[\s(])([@#:])([^\s@#:]*)$/.exec(before);
  if (!word) return nothing;
  const [, sign, query] = word;
  const items = SOURCES[sign](store, query.toLowerCase());
  return { from: caret - query.length - 1, items: items.slice(0, SHOWN), hint: null };
}

/** A stored text as its author would type it again: names instead of entities. */
export function asTyped(store, text) {
  const typed = text
    .replace(/<@(\w+)[^<>]*>/g, (entity, id) =>
      store.user(id) ? `@${store.user(id).name}` : entity,
    )
    .replace(/<#(\w+)[^<>]*>/g, (entity, id) =>
      store.channel(id) ? `#${store.channel(id).name}` : entity,
    )
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<(https?:[^<>|]+)(?:\|[^<>]*)?>/g, "$1");
  return unescapeText(typed);
}

const nothing = { from: 0, items: [], hint: null };

function commandSuggestions(commands, before) {
  const [word, ...rest] = before.split(" ");
  if (rest.length) {
    const known = commands.find((command) => command.command === word);
    return { ...nothing, hint: known ? `${known.command} ${known.usage_hint}`.trim() : null };
  }
  const items = commands
    .filter((command) => command.command.startsWith(word))
    .map((command) => ({
      insert: `${command.command} `,
      text: `${command.command} ${command.usage_hint}`,
      detail: command.description,
    }));
  return { ...nothing, items };
}

const SOURCES = {
  "@": (store, query) => [
    ...peopleLike(store, query),
    ...groupsLike(store, query),
    ...broadcastsLike(query),
  ],
  "#": (store, query) =>
    channelsOf(store)
      .filter((channel) => channel.name.includes(query))
      .map((channel) => ({
        insert: `#${channel.name} `,
        text: `#${channel.name}`,
        detail: channel.topic,
      })),
  ":": (_, query) =>
    query.length < 2
      ? []
      : [...EMOJI.keys()]
          .filter((name) => name.includes(query))
          .map((name) => ({ insert: `:${name}: `, text: `${EMOJI.get(name)} :${name}:` })),
};

function peopleLike(store, query) {
  const { app, users } = store.workspace;
  const bot = users.filter((user) => user.id === app.bot_user_id);
  return [...people(store), ...bot]
    .filter(
      (user) =>
        user.name.toLowerCase().includes(query) || user.real_name.toLowerCase().includes(query),
    )
    .map((user) => ({
      insert: `@${user.name} `,
      text: user.real_name,
      detail: user.title ? `@${user.name} · ${user.title}` : `@${user.name}`,
    }));
}

function groupsLike(store, query) {
  return store.workspace.usergroups
    .filter((group) => group.handle.includes(query))
    .map((group) => ({
      insert: `@${group.handle} `,
      text: `@${group.handle}`,
      detail: group.name,
    }));
}

function broadcastsLike(query) {
  const all = {
    here: "Everyone who is active in this channel",
    channel: "Everyone in this channel",
  };
  return Object.entries(all)
    .filter(([name]) => query && name.startsWith(query))
    .map(([name, detail]) => ({ insert: `@${name} `, text: `@${name}`, detail }));
}
