/**
 * Slack's mrkdwn, in two steps: text → plain nodes → DOM.
 *
 * The reader is forgiving, as Slack's is: a mark without its partner is a letter, an entity nobody
 * knows is shown as written. What a foreign system wrote can become emphasis or a link with an
 * allowed scheme, and nothing else.
 */

import { formatDate, fullText } from "./dates.js";
import { EMOJI, emoji } from "./emoji.js";
import { fragment, h } from "./dom.js";

const SAFE_SCHEMES = ["http:", "https:", "mailto:", "tel:"];
const EMPHASIS = { "*": "bold", _: "italic", "~": "strike" };
const BARE_URL = /^https?:\/\/[^\s<>|"'`]+[^\s<>|"'`.,;:!?)\]}*_~]/;
const BROADCAST = /^@(here|channel|everyone)\b/;

// ---------------------------------------------------------------------------------------- reading

/**
 * Read mrkdwn into a list of nodes: `{type, text|children|…}`.
 *
 * `auto` says what Slack makes active although nobody wrote an entity: `{links, broadcasts}`, the
 * second for names such as `@here`. A message's own text has the first, a mrkdwn text object has
 * both, and with `verbatim` neither.
 */
export function parseMrkdwn(text, auto = {}) {
  return splitFences(String(text ?? "")).flatMap((part) =>
    part.fenced === undefined
      ? parseLines(part.text, auto)
      : [{ type: "pre", text: unescapeText(unwrap(part.fenced)) }],
  );
}

function splitFences(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(/```\n?([\s\S]+?)\n?```/g)) {
    parts.push({ text: text.slice(from, match.index).replace(/\n$/, "") }, { fenced: match[1] });
    from = match.index + match[0].length;
  }
  parts.push({ text: from ? text.slice(from).replace(/^\n/, "") : text });
  return parts.filter((part) => part.fenced !== undefined || part.text !== "");
}

/** Inside code an entity is only its visible text. */
function unwrap(code) {
  return code.replace(/<([^<>|\s]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target);
}

function parseLines(text, auto) {
  const nodes = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i += 1) {
    const kind = kindOfLine(lines[i]);
    if (kind.type === "rest") {
      const rest = [lines[i].slice(kind.skip), ...lines.slice(i + 1)];
      return [...nodes, { type: "quote", lines: rest.map((line) => parseInline(line, auto)) }];
    }
    addLine(nodes, kind, parseInline(lines[i].slice(kind.skip), auto));
  }
  return nodes;
}

function kindOfLine(line) {
  const rest = /^(?:&gt;|>){3} ?/.exec(line);
  if (rest) return { type: "rest", skip: rest[0].length };
  const quote = /^(?:&gt;|>) ?/.exec(line);
  if (quote) return { type: "quote", skip: quote[0].length };
  const bullet = /^\s*[•◦▪‣-] +/.exec(line);
  if (bullet) return { type: "bullets", skip: bullet[0].length };
  const number = /^\s*(\d{1,3})\. +/.exec(line);
  if (number) return { type: "numbers", skip: number[0].length, start: Number(number[1]) };
  return { type: "lines", skip: 0 };
}

function addLine(nodes, { type, start }, children) {
  const last = nodes.at(-1);
  if (last?.type === type) last.lines.push(children);
  else nodes.push({ type, start, lines: [children] });
}

/** Read one line. `hopeless` has the marks without a partner: nobody looks for it twice. */
function parseInline(line, auto) {
  const nodes = [];
  const hopeless = new Set();
  for (let at = 0; at < line.length;) {
    const found = parseAt(line, at, auto, hopeless) ?? letterAt(line, at);
    addNode(nodes, found.node);
    at += found.length;
  }
  return nodes;
}

function parseAt(line, at, auto, hopeless) {
  const letter = line[at];
  if (letter === "`") return codeAt(line, at);
  if (letter === "<") return entityAt(line, at);
  if (letter === ":") return emojiAt(line, at);
  if (letter in EMPHASIS) return emphasisAt(line, at, auto, hopeless);
  if (auto.broadcasts && letter === "@") return broadcastAt(line, at);
  if (auto.links && letter === "h") return addressAt(line, at);
  return null;
}

function letterAt(line, at) {
  const escaped = /^&(?:amp|lt|gt);/.exec(line.slice(at, at + 5));
  const source = escaped ? escaped[0] : String.fromCodePoint(line.codePointAt(at));
  return { node: { type: "text", text: unescapeText(source) }, length: source.length };
}

function addNode(nodes, node) {
  const last = nodes.at(-1);
  if (node.type === "text" && last?.type === "text") last.text += node.text;
  else nodes.push(node);
}

function codeAt(line, at) {
  const end = line.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return {
    node: { type: "code", text: unescapeText(unwrap(line.slice(at + 1, end))) },
    length: end - at + 1,
  };
}

function emojiAt(line, at) {
  const match = /^:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/.exec(line.slice(at, at + 60));
  if (!match || !EMOJI.has(match[1].replace(/::.*/, ""))) return null;
  return { node: { type: "emoji", name: match[1] }, length: match[0].length };
}

function broadcastAt(line, at) {
  const match = BROADCAST.exec(line.slice(at, at + 12));
  if (!match || isWordLetter(line[at - 1])) return null;
  return { node: { type: "broadcast", name: match[1] }, length: match[0].length };
}

function addressAt(line, at) {
  const match = BARE_URL.exec(line.slice(at));
  if (!match || isWordLetter(line[at - 1])) return null;
  return { node: linkNode(unescapeText(match[0]), null), length: match[0].length };
}

function emphasisAt(line, at, auto, hopeless) {
  const mark = line[at];
  if (hopeless.has(mark) || isWordLetter(line[at - 1]) || /^\s?$/.test(line[at + 1] ?? ""))
    return null;
  const end = closingMark(line, at, mark);
  if (end === null) {
    hopeless.add(mark);
    return null;
  }
  const children = parseInline(line.slice(at + 1, end), auto);
  return { node: { type: EMPHASIS[mark], children }, length: end - at + 1 };
}

function closingMark(line, at, mark) {
  for (let i = at + 1; i < line.length; i += 1) {
    if (line[i] === "<" || line[i] === "`") i = skipped(line, i);
    else if (
      line[i] === mark &&
      i > at + 1 &&
      !/\s/.test(line[i - 1]) &&
      !isWordLetter(line[i + 1])
    )
      return i;
  }
  return null;
}

function skipped(line, at) {
  const end = line.indexOf(line[at] === "<" ? ">" : "`", at + 1);
  return end < 0 ? at : end;
}

function isWordLetter(letter) {
  return letter !== undefined && /[\p{L}\p{N}]/u.test(letter);
}

function entityAt(line, at) {
  const match = /^<([^<>|\n]+)(?:\|([^<>\n]*))?>/.exec(line.slice(at));
  if (!match) return null;
  const node = entityNode(match[1], match[2] || null) ?? {
    type: "text",
    text: unescapeText(match[0]),
  };
  return { node, length: match[0].length };
}

function entityNode(target, label) {
  const text = label === null ? null : unescapeText(label);
  if (/^@[UW]\w+$/.test(target)) return { type: "user", id: target.slice(1), label: text };
  if (/^#[CGD]\w+$/.test(target)) return { type: "channel", id: target.slice(1), label: text };
  if (target.startsWith("!")) return commandNode(target.slice(1), text);
  return linkNode(unescapeText(target), text);
}

function commandNode(command, label) {
  const [name, ...values] = command.split("^");
  if (name === "subteam") return { type: "usergroup", id: values[0] ?? "", label };
  if (name === "date")
    return { type: "date", seconds: values[0], format: unescapeText(values[1] ?? ""), label };
  if (["here", "channel", "everyone"].includes(name)) return { type: "broadcast", name };
  return label === null ? null : { type: "text", text: label };
}

/** A link, or null if its scheme is not on the list: then it stays the text it is. */
function linkNode(address, label) {
  const url = safeUrl(address);
  return url && { type: "link", url, text: label ?? address.replace(/^(mailto|tel):/, "") };
}

/** The address if a page may link to it, else null. */
export function safeUrl(address) {
  const url = URL.parse(address);
  return url && SAFE_SCHEMES.includes(url.protocol) ? url.href : null;
}

/** The last step of reading: `&lt;` `&gt;` `&amp;`, once. */
export function unescapeText(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** What a text says without its markup, for announcements and for blocks that cannot be drawn. */
export function plainMrkdwn(text, directory) {
  const lines = (node) => node.lines?.map((line) => line.map(plain).join("")).join("\n");
  const plain = (node) => {
    if (node.children) return node.children.map(plain).join("");
    if (node.type === "emoji") return emoji(node.name);
    if (node.type === "date") return formatDate(node.seconds, node.format) ?? node.label ?? "";
    return node.text ?? mentionText(node, directory);
  };
  return parseMrkdwn(text)
    .map((node) => lines(node) ?? node.text)
    .join("\n");
}

// ----------------------------------------------------------------------------------------- drawing

/**
 * Draw mrkdwn. `directory` turns ids into names: `userName(id)`, `channelName(id)`,
 * `usergroupHandle(id)`, each returning null when unknown, and `me`, the reader's own id.
 */
export function renderMrkdwn(text, directory, auto = {}) {
  return fragment(parseMrkdwn(text, auto).map((node) => drawBlock(node, directory)));
}

function drawBlock(node, directory) {
  const lines = () =>
    node.lines.map((line, index) => [index > 0 && h("br"), drawAll(line, directory)]);
  const items = () => node.lines.map((line) => h("li", {}, drawAll(line, directory)));
  switch (node.type) {
    case "pre":
      return h("pre", {}, h("code", {}, node.text));
    case "quote":
      return h("blockquote", {}, lines());
    case "bullets":
      return h("ul", {}, items());
    case "numbers":
      return h("ol", { start: node.start }, items());
    default:
      return h("div", { class: "lines", dir: "auto" }, lines());
  }
}

const drawAll = (nodes, directory) => nodes.map((node) => draw(node, directory));

const DRAWN_AS = { bold: "strong", italic: "em", strike: "s" };

function draw(node, directory) {
  switch (node.type) {
    case "text":
      return node.text;
    case "code":
      return h("code", {}, node.text);
    case "emoji":
      return h(
        "span",
        { class: "emoji", role: "img", "aria-label": node.name, title: `:${node.name}:` },
        emoji(node.name),
      );
    case "link":
      return h(
        "a",
        { href: node.url, target: "_blank", rel: "noopener noreferrer", title: node.url },
        node.text,
      );
    case "date":
      return drawDate(node);
    case "bold":
    case "italic":
    case "strike":
      return h(DRAWN_AS[node.type], {}, drawAll(node.children, directory));
    default:
      return drawMention(node, directory);
  }
}

function drawMention(node, directory) {
  const mine = node.type === "user" && node.id === directory.me;
  const loud = mine || node.type === "broadcast";
  return h(
    "span",
    { class: loud ? "mention loud" : "mention", dataset: { id: node.id ?? node.name } },
    mentionText(node, directory),
  );
}

function mentionText(node, directory) {
  switch (node.type) {
    case "user":
      return `@${directory.userName(node.id) ?? node.label ?? node.id}`;
    case "channel":
      return `#${directory.channelName(node.id) ?? (node.label || "private channel")}`;
    case "usergroup":
      return `@${(directory.usergroupHandle(node.id) ?? node.label ?? node.id).replace(/^@/, "")}`;
    default:
      return `@${node.name}`;
  }
}

function drawDate({ seconds, format, label }) {
  const text = formatDate(seconds, format);
  if (text === null) return label ?? "";
  return h(
    "time",
    { datetime: new Date(seconds * 1000).toISOString(), title: fullText(seconds) },
    text,
  );
}
