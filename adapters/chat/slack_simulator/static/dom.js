/**
 * The few DOM words the pages are written in.
 *
 * Everything a person or a foreign system wrote reaches the page through `textContent` only: there
 * is no HTML string anywhere, so there is nothing to escape and nothing to forget.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: `h("button", {class: "quiet", onclick: save, disabled: busy}, "Save")`.
 * Properties named `on…` are listeners, `dataset` is an object, null/false leaves an attribute out.
 * Children are nodes or strings; arrays are flattened, null and false are skipped.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...flatten(children));
  return element;
}

/** A button that does something here; a form's submit button says so itself. */
export const button = (properties, ...children) =>
  h("button", { type: "button", ...properties }, ...children);

/** A button that is only an icon, with its name for everybody who asks. */
export const tool = (iconName, label, onclick, extraClass = "") =>
  button(
    { class: `tool ${extraClass}`, "aria-label": label, title: label, onclick },
    icon(iconName),
  );

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "dataset") Object.assign(element.dataset, value);
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function flatten(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false);
}

/** Children without a parent, in the order given. */
export function fragment(...children) {
  const made = document.createDocumentFragment();
  made.append(...flatten(children));
  return made;
}

/** Put these children in place of whatever the element held. */
export function fill(element, ...children) {
  element.replaceChildren(...flatten(children));
  return element;
}

/** Like `fill`; if the focus was inside, the first match of `selector` has it afterwards. */
export function refill(element, selector, ...children) {
  const hadFocus = element.contains(document.activeElement);
  fill(element, ...children);
  if (hadFocus) element.querySelector(selector)?.focus();
}

const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  edit: "M3 13l.7-3L11 2.7 13.3 5 6 12.3z",
  lock: "M4.5 7.5h7v6h-7zM6 7.5V5a2 2 0 0 1 4 0v2.5",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  reply: "M13 12.5c0-4-2.5-6-6-6H3.5M6.5 3.5l-3 3 3 3",
  send: "M2.5 8l11-5-4 10.5-2-4.5z",
  smile: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM5.5 9.5c1.2 1.8 3.8 1.8 5 0M6 6.2h.01M10 6.2h.01",
  bolt: "M9 1.8L3.5 9h4L7 14.2 12.5 7h-4z",
};

/** A line drawing for a button that says its name by other means. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Bring a list up to date and leave unchanged rows alone, so focus, open menus and half-typed
 * answers survive. Each entry is `{key, signature, render}`; a row is made again only when its
 * signature differs. A row that had the focus hands it to its successor.
 */
export function reconcile(list, entries) {
  const previous = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const rows = entries.map((entry) => keptOrMade(previous.get(entry.key), entry));
  const focused = rowHolding(document.activeElement, list);
  place(list, rows);
  if (focused && !focused.isConnected) refocus(rows, focused.dataset.key);
}

function keptOrMade(row, { key, signature, render }) {
  if (row && row.signature === signature) return row;
  const made = render();
  made.dataset.key = key;
  made.signature = signature;
  return made;
}

function rowHolding(element, list) {
  return [...list.children].find((row) => row.contains(element)) ?? null;
}

function place(list, rows) {
  const wanted = new Set(rows);
  for (const row of [...list.children]) if (!wanted.has(row)) row.remove();
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
}

function refocus(rows, key) {
  const successor = rows.find((row) => row.dataset.key === key);
  if (!successor) return;
  if (!successor.hasAttribute("tabindex")) successor.tabIndex = -1;
  successor.focus({ preventScroll: true });
}

/** Collapse many calls into one, made when the current work is done. */
export function coalesced(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      work();
    });
  };
}

/** The square with initials that stands for a person; a name has its colour wherever it appears. */
export function avatar(name, extraClass = "") {
  const element = h(
    "span",
    { class: `avatar ${extraClass}`, "aria-hidden": "true" },
    initials(name),
  );
  element.style.setProperty("--hue", String(hueOf(name)));
  return element;
}

/** A stable hue for a name; the golden angle keeps similar names apart. */
function hueOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 1009;
  return Math.round(sum * 137.5) % 360;
}

function initials(name) {
  const words = name
    .normalize("NFC")
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...word][0].toUpperCase()).join("") || "?";
}
