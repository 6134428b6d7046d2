/**
 * What an interactive element holds, in the shape Slack reports under `state.values`.
 *
 * A state is null while an element has no value yet: then its `initial_…` property counts.
 */

const SELECTED = {
  static_select: "selected_option",
  external_select: "selected_option",
  radio_buttons: "selected_option",
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  multi_static_select: "selected_options",
  multi_external_select: "selected_options",
  checkboxes: "selected_options",
  multi_users_select: "selected_users",
  multi_conversations_select: "selected_conversations",
  multi_channels_select: "selected_channels",
};

/** The property that holds an element type's choice: `selected_user` for `users_select`. */
export function selectedKey(type) {
  return SELECTED[type] ?? "value";
}

export const isMulti = (type) => type.startsWith("multi_") || type === "checkboxes";

/** A state with this choice: an option, an id, a list of either, or text. */
export function stateWith(type, chosen) {
  return { type, [selectedKey(type)]: chosen };
}

/** What the element holds before anybody touches it. */
export function initialState(element, currentConversation = null) {
  const key = selectedKey(element.type);
  const given = element[key.replace(/^selected_/, "initial_").replace(/^value$/, "initial_value")];
  if (given !== undefined) return stateWith(element.type, given);
  const here = element.default_to_current_conversation ? currentConversation : null;
  if (isMulti(element.type)) return stateWith(element.type, here ? [here] : []);
  return stateWith(element.type, here);
}

/** The choice in a state, always as a list; empty text and no choice are the empty list. */
export function chosenIn(state) {
  const value = state?.[selectedKey(state.type)];
  if (Array.isArray(value)) return value;
  return value === null || value === undefined || value === "" ? [] : [value];
}

/** The elements of a block that can hold a value or be pressed. */
export function elementsOf(block) {
  if (block.type === "input") return [block.element];
  if (block.type === "actions") return block.elements;
  return block.accessory?.action_id ? [block.accessory] : [];
}

/** `state.values` of a view: kept answers, and initial ones where nobody answered. */
export function valuesOf(blocks, kept, currentConversation) {
  const values = {};
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      if (["button", "overflow", "image"].includes(element.type)) continue;
      const state =
        kept.get(`${block.block_id}/${element.action_id}`) ??
        initialState(element, currentConversation);
      (values[block.block_id] ??= {})[element.action_id] = state;
    }
  }
  return values;
}
