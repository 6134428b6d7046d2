/** The app's modals: the top of the person's stack of views, filled in, submitted, closed. */

import { renderBlocks } from "./blocks.js";
import { openDialog } from "./dialog.js";
import { button, fill, h, refill } from "./dom.js";
import { valuesOf } from "./state.js";

/** @returns {{update()}} shows whatever view is on top, or nothing */
export function createModalHost(page, root) {
  const host = { page, root, dialog: null, view: null, errors: {}, notice: null };
  return { update: () => update(host) };
}

function update(host) {
  const top = host.page.store.views.at(-1) ?? null;
  if (top?.id === host.view?.id && top?.hash === host.view?.hash) return;
  const sameView = top?.id === host.view?.id;
  host.view = top;
  host.errors = {};
  host.notice = null;
  if (sameView) redraw(host);
  else replace(host);
}

function replace(host) {
  host.dialog?.close();
  host.dialog = null;
  if (!host.view) return;
  host.dialog = openDialog(host.root, {
    title: host.view.title.text,
    body: content(host),
    footer: footer(host),
    onClose: () => closeView(host),
  });
}

function redraw(host) {
  host.dialog.element.querySelector("h2").textContent = host.view.title.text;
  host.dialog.element.querySelector("footer").replaceWith(footer(host));
  refillBody(host);
}

/** Draw the blocks again, with the focus on the field it was on. */
function refillBody(host) {
  const block = document.activeElement.closest("[data-block]")?.dataset.block ?? "";
  const field = `[data-block="${CSS.escape(block)}"] :is(input, textarea, select)`;
  refill(host.dialog.body, field, content(host));
}

function content(host) {
  const notice = host.notice && h("p", { class: "notice", role: "alert" }, host.notice);
  return [notice, renderBlocks(host.view.blocks, viewSurface(host.page, host.view, host.errors))];
}

/** What a view's blocks are drawn on; also used by the App Home. */
export function viewSurface(page, view, errors = {}) {
  const where = { user: page.store.me, view_id: view.id };
  return {
    directory: page.directory,
    kept: page.keptFor(view.id),
    errors,
    currentConversation: page.ui.channel,
    act: (block_id, action_id, what) => page.act({ ...where, block_id, action_id, ...what }),
    options: (block_id, action_id, value) => page.options({ ...where, block_id, action_id, value }),
    confirm: page.confirm,
  };
}

function footer(host) {
  const { view } = host;
  const below = host.page.store.views.length > 1;
  const closeText = view.close?.text ?? (below ? "Back" : "Close");
  const close = button({ class: "button", onclick: () => closeView(host) }, closeText);
  const submit =
    view.submit &&
    button({ class: "button primary", onclick: () => submitView(host) }, view.submit.text);
  return h("footer", { class: "dialog-footer" }, close, submit);
}

function closeView(host) {
  host.page.closeView(host.view.id);
}

async function submitView(host) {
  const { page, view } = host;
  const values = valuesOf(view.blocks, page.keptFor(view.id), page.ui.channel);
  setBusy(host, true);
  const answer = await page
    .submitView(view.id, values)
    .catch((error) => ({ ok: false, response: error.message }));
  setBusy(host, false);
  if (host.view !== view || answer.ok !== false) return;
  if (answer.errors) showErrors(host, answer.errors);
  else showNotice(host, answer.response);
}

function showNotice(host, text) {
  host.notice = text;
  refillBody(host);
}

function setBusy(host, busy) {
  host.dialog?.element.setAttribute("aria-busy", String(busy));
  host.dialog?.element
    .querySelectorAll("footer button")
    .forEach((control) => (control.disabled = busy));
}

function showErrors(host, errors) {
  Object.assign(host, { errors, notice: null });
  fill(host.dialog.body, content(host));
  host.dialog.body.querySelector(".b-input:has(.b-error) :is(input, textarea, select)")?.focus();
}
