/**
 * Block Kit's interactive elements as real form controls.
 *
 * Every builder takes `(element, slot)`. The slot says where the element stands and what happens:
 *   surface   where the blocks are shown (see blocks.js)
 *   key       "block_id/action_id", the address of its state
 *   id        DOM id for the label; describedBy, invalid: for hints and errors
 *   dispatch  (what) => void: tells the app at once; null in inputs that wait for the submit button
 */

import { combobox } from "./combobox.js";
import { button, fill, h, icon } from "./dom.js";
import { renderMrkdwn, safeUrl } from "./mrkdwn.js";
import { openMenu } from "./popup.js";
import { chosenIn, initialState, isMulti, selectedKey, stateWith } from "./state.js";

const BUILDERS = {
  button: pushButton,
  overflow,
  static_select: nativeSelect,
  plain_text_input: textInput,
  checkboxes: choices,
  radio_buttons: choices,
};

/** Where the options of a field with typeahead come from; `multi_…` has the same. */
const SEARCHES = {
  static_select: (element) => searchGroups(groupsOf(element)),
  external_select: (element, slot) => searchApp(element, slot),
  users_select: (_, { surface }) => searchGroups(surface.directory.userOptions()),
  channels_select: (_, { surface }) => searchGroups(surface.directory.channelOptions()),
  conversations_select: (_, { surface }) => searchGroups(surface.directory.conversationOptions()),
};

/** The control for an element; for one this page cannot draw, a line that says so. */
export function renderElement(element, slot) {
  const build = BUILDERS[element.type];
  if (build) return build(element, slot);
  const search = SEARCHES[element.type.replace(/^multi_/, "")];
  if (search) return picker(element, slot, search(element, slot));
  return h("span", { class: "unsupported" }, `Not shown here: ${element.type}`);
}

function stateIn(element, { surface, key }) {
  return surface.kept.get(key) ?? initialState(element, surface.currentConversation);
}

function keep(element, { surface, key, dispatch }, chosen) {
  const state = stateWith(element.type, chosen);
  surface.kept.set(key, state);
  dispatch?.(state);
}

const labels = (slot) => ({
  id: slot.id,
  "aria-describedby": slot.describedBy,
  "aria-invalid": slot.invalid ? "true" : null,
});

// ----------------------------------------------------------------------------------------- buttons

function pushButton(element, slot) {
  const press = async (event) => {
    const made = event.currentTarget;
    if (made.ariaBusy === "true") return;
    if (element.confirm && !(await slot.surface.confirm(element.confirm))) return;
    made.ariaBusy = "true";
    await slot.dispatch?.({ type: "button", value: element.value, text: element.text });
    made.ariaBusy = null;
  };
  const look = ["primary", "danger"].includes(element.style) ? element.style : "";
  const properties = {
    class: `button ${look}`,
    "aria-label": element.accessibility_label,
    onclick: press,
  };
  const href = element.url && safeUrl(element.url);
  if (!href) return button(properties, element.text.text);
  const link = { href, target: "_blank", rel: "noopener noreferrer" };
  return h("a", { ...properties, ...link }, element.text.text);
}

function overflow(element, slot) {
  const open = (event) =>
    openMenu(event.currentTarget, element.options.map(item), { label: "More actions" });
  const item = (option) => ({
    text: option.text.text,
    detail: option.description?.text,
    choose: async () => {
      if (element.confirm && !(await slot.surface.confirm(element.confirm))) return;
      slot.dispatch?.({ type: "overflow", selected_option: option });
    },
  });
  const properties = {
    class: "button square",
    "aria-label": "More actions",
    "aria-haspopup": "menu",
    onclick: open,
  };
  return button(properties, icon("more"));
}

// ------------------------------------------------------------------------------------------ choices

function groupsOf(element) {
  const toEntry = (option) => ({
    value: option.value,
    text: option.text.text,
    detail: option.description?.text,
    option,
  });
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.map((group) => ({ label: group.label?.text, options: group.options.map(toEntry) }));
}

function nativeSelect(element, slot) {
  const groups = groupsOf(element);
  const all = groups.flatMap((group) => group.options);
  const current = chosenIn(stateIn(element, slot))[0]?.value ?? "";
  const select = h("select", {
    class: "select",
    ...labels(slot),
    "aria-label": slot.id ? null : element.placeholder?.text,
  });
  fill(
    select,
    h(
      "option",
      { value: "", disabled: true, hidden: true },
      element.placeholder?.text ?? "Choose one",
    ),
    groups.map(optionGroup),
  );
  select.value = current;
  select.addEventListener("change", () => {
    keep(element, slot, all.find((entry) => entry.value === select.value).option);
  });
  return select;
}

function optionGroup({ label, options }) {
  const made = options.map((entry) => h("option", { value: entry.value }, entry.text));
  return label ? h("optgroup", { label }, made) : made;
}

function picker(element, slot, search) {
  const multiple = isMulti(element.type);
  const byOption = selectedKey(element.type).startsWith("selected_option");
  const entryOf = (chosen) =>
    byOption
      ? { value: chosen.value, text: chosen.text.text, option: chosen }
      : { value: chosen, text: slot.surface.directory.nameOf(chosen) };
  const takenFrom = (entry) => (byOption ? entry.option : entry.value);
  return combobox({
    id: slot.id,
    placeholder: element.placeholder?.text ?? "Choose",
    multiple,
    limit: element.max_selected_items,
    minLength: element.type.endsWith("external_select") ? (element.min_query_length ?? 3) : 0,
    chosen: chosenIn(stateIn(element, slot)).map(entryOf),
    search,
    onChange: (entries) => {
      const chosen = entries.map(takenFrom);
      keep(element, slot, multiple ? chosen : (chosen[0] ?? null));
    },
  });
}

/** Look through options that are already here. */
function searchGroups(groups) {
  return async (query) => {
    const wanted = folded(query);
    const fits = (entry) => folded(`${entry.text} ${entry.detail ?? ""}`).includes(wanted);
    return groups
      .map((group) => ({ ...group, options: group.options.filter(fits) }))
      .filter((group) => group.options.length);
  };
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Ask the app, as Slack does for external selects. */
function searchApp(element, slot) {
  return async (query) =>
    groupsOf(await slot.surface.options(slot.blockId, element.action_id, query));
}

let groups = 0;

function choices(element, slot) {
  const single = element.type === "radio_buttons";
  const chosen = new Set(chosenIn(stateIn(element, slot)).map((option) => option.value));
  const kind = single ? { type: "radio", name: `choice-${(groups += 1)}` } : { type: "checkbox" };
  const box = h("div", {
    class: "choices",
    role: single ? "radiogroup" : "group",
    "aria-labelledby": slot.labelledBy,
  });
  const inputs = element.options.map((option) =>
    h("input", { ...kind, checked: chosen.has(option.value), onchange: read }),
  );
  function read() {
    const picked = element.options.filter((_, at) => inputs[at].checked);
    keep(element, slot, single ? (picked[0] ?? null) : picked);
  }
  return fill(
    box,
    element.options.map((option, at) =>
      h("label", { class: "choice" }, inputs[at], choiceWords(option, slot)),
    ),
  );
}

function choiceWords({ text, description }, slot) {
  return h(
    "span",
    {},
    textOf(text, slot),
    description && h("small", {}, textOf(description, slot)),
  );
}

function textOf(text, slot) {
  return text.type === "mrkdwn" ? renderMrkdwn(text.text, slot.surface.directory) : text.text;
}

// --------------------------------------------------------------------------------------------- text

function textInput(element, slot) {
  const input = h(element.multiline ? "textarea" : "input", {
    class: "text-input",
    ...labels(slot),
    rows: element.multiline ? 4 : null,
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    minlength: element.min_length,
    autofocus: element.focus_on_load,
    value: chosenIn(stateIn(element, slot))[0] ?? "",
  });
  input.addEventListener("input", () => {
    slot.surface.kept.set(slot.key, stateWith(element.type, input.value || null));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !element.multiline)
      slot.dispatch?.(stateWith(element.type, input.value));
  });
  return input;
}
