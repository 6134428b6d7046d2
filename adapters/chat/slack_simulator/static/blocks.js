/**
 * A small Block Kit renderer: blocks → DOM.
 *
 * A *surface* is what blocks are drawn on (a message, a modal, the App Home). It offers
 *   directory            names for ids, lists for the select menus
 *   kept                 Map "block_id/action_id" → state: what the person chose or typed so far
 *   errors               {block_id: sentence} to show under inputs
 *   currentConversation  channel the person is in, for `default_to_current_conversation`
 *   act(blockId, actionId, what)        an interaction the app hears of
 *   options(blockId, actionId, query)   options of an external select
 *   confirm(dialog)                     asks the person; resolves to true or false
 */

import { renderElement } from "./elements.js";
import { fragment, h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { plainMrkdwn, renderMrkdwn } from "./mrkdwn.js";

let serial = 0;

export function renderBlocks(blocks, surface) {
  return fragment(blocks.map((block) => renderBlock(block, surface)));
}

function renderBlock(block, surface) {
  const draw = DRAWERS[block.type];
  return draw
    ? draw(block, surface)
    : h("p", { class: "unsupported" }, blockText(block, surface.directory) || block.type);
}

const DRAWERS = {
  header: (block) =>
    h("p", { class: "b-header", role: "heading", "aria-level": 4 }, renderText(block.text)),
  divider: () => h("hr", { class: "b-divider" }),
  image: imageBlock,
  section,
  context,
  actions,
  input: inputBlock,
};

/** A text object. Emoji names work in plain text too; markup does not. */
export function renderText(text, directory) {
  if (text.type !== "mrkdwn") return text.emoji === false ? text.text : withEmoji(text.text);
  const auto = !text.verbatim;
  return renderMrkdwn(text.text, directory, { links: auto, broadcasts: auto });
}

function section(block, surface) {
  const { directory } = surface;
  const fields = block.fields?.map((field) =>
    h("div", { class: "b-field" }, renderText(field, directory)),
  );
  const words = h(
    "div",
    { class: "b-words" },
    block.text && h("div", { class: "b-text" }, renderText(block.text, directory)),
    fields && h("div", { class: "b-fields" }, fields),
  );
  const accessory =
    block.accessory &&
    h("div", { class: "b-accessory" }, drawElement(block.accessory, block, surface));
  return h("div", { class: "b-section" }, words, accessory);
}

function context(block, surface) {
  const parts = block.elements.map((element) =>
    element.type === "image"
      ? imageText(element)
      : h("span", {}, renderText(element, surface.directory)),
  );
  return h("div", { class: "b-context" }, parts);
}

function actions(block, surface) {
  const group = { class: "b-actions", role: "group", "aria-label": "Actions" };
  return h(
    "div",
    group,
    block.elements.map((element) => drawElement(element, block, surface)),
  );
}

function drawElement(element, block, surface) {
  if (element.type === "image") return imageText(element);
  return renderElement(element, slotFor(element, block, surface, {}));
}

/** Pictures from elsewhere are not loaded; their description is what everyone gets. */
function imageText(image) {
  return h("span", { class: "b-image", role: "img", "aria-label": image.alt_text }, image.alt_text);
}

function imageBlock(block) {
  return h(
    "figure",
    { class: "b-figure" },
    imageText(block),
    block.title && h("figcaption", {}, block.title.text),
  );
}

function inputBlock(block, surface) {
  const id = `input-${(serial += 1)}`;
  const error = surface.errors?.[block.block_id];
  const slot = slotFor(block.element, block, surface, {
    id,
    labelledBy: `${id}-label`,
    describedBy: block.hint || error ? `${id}-hint` : null,
    invalid: Boolean(error),
    dispatch: block.dispatch_action === true,
  });
  const label = h(
    "label",
    { for: id, id: `${id}-label` },
    block.label.text,
    block.optional && h("span", { class: "optional" }, " (optional)"),
  );
  const hint =
    slot.describedBy &&
    h("p", { class: error ? "b-error" : "b-hint", id: slot.describedBy }, error ?? block.hint.text);
  return h(
    "div",
    { class: "b-input", dataset: { block: block.block_id } },
    label,
    renderElement(block.element, slot),
    hint,
  );
}

function slotFor(element, block, surface, { dispatch = true, ...names }) {
  return {
    surface,
    blockId: block.block_id,
    key: `${block.block_id}/${element.action_id}`,
    dispatch: dispatch ? (what) => surface.act(block.block_id, element.action_id, what) : null,
    ...names,
  };
}

// -------------------------------------------------------------------------------------- plain words

/** What a block says, as plain text: better than nothing where it cannot be drawn. */
function blockText(block, directory) {
  const parts = [block.text, block.label, ...(block.fields ?? []), ...(block.elements ?? [])];
  return parts
    .filter(Boolean)
    .map((part) => partText(part, directory))
    .filter(Boolean)
    .join(" · ");
}

function partText(part, directory) {
  if (part.alt_text) return part.alt_text;
  if (part.elements) return part.elements.map((one) => partText(one, directory)).join("");
  if (part.type === "mrkdwn") return plainMrkdwn(part.text, directory);
  return typeof part.text === "string" ? part.text : (part.text?.text ?? "");
}
