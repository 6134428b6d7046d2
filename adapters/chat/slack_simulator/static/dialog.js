/**
 * Dialogs inside the workspace: the rest of it is inert, Escape closes, the focus comes back.
 *
 * Not the browser's own modal dialog: that would freeze a page the workspace is only a part of.
 */

import { button, h, tool } from "./dom.js";

let serial = 0;

/**
 * Open a dialog over `root`.
 * @param {object} options  title, body and footer (nodes), onClose: Escape or the cross
 * @returns {{element, body, close()}}
 */
export function openDialog(root, { title, body, footer, onClose, className = "" }) {
  const id = `dialog-${(serial += 1)}`;
  const behind = [...root.children].filter((child) => !child.inert);
  const before = document.activeElement;
  const heading = h(
    "header",
    { class: "dialog-header" },
    h("h2", { id }, title),
    tool("close", "Close", onClose),
  );
  const content = h("div", { class: "dialog-body" }, body);
  const frame = h(
    "div",
    { class: `dialog ${className}`, role: "dialog", "aria-modal": "true", "aria-labelledby": id },
    heading,
    content,
    footer,
  );
  const shade = h("div", { class: "shade" }, frame);
  shade.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  });
  root.append(shade);
  for (const child of behind) child.inert = true;
  focusFirst(frame);
  return {
    element: frame,
    body: content,
    close() {
      for (const child of behind) child.inert = false;
      shade.remove();
      if (before?.isConnected) before.focus();
    },
  };
}

function focusFirst(frame) {
  const wanted = [
    "[autofocus]",
    ".dialog-body :is(input, textarea, select)",
    "footer button:last-of-type",
    "button",
  ];
  wanted
    .map((selector) => frame.querySelector(selector))
    .find(Boolean)
    .focus();
}

/** Ask a yes-or-no question in the words of a Block Kit confirm object. */
export function askToConfirm(root, { title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      dialog.close();
      resolve(value);
    };
    const look = style === "danger" ? "danger" : "primary";
    const no = button({ class: "button", onclick: answer(false) }, deny.text);
    const yes = button({ class: `button ${look}`, onclick: answer(true) }, confirm.text);
    const dialog = openDialog(root, {
      title: title.text,
      body: h("p", {}, text.text),
      footer: h("footer", { class: "dialog-footer" }, no, yes),
      onClose: answer(false),
      className: "narrow",
    });
  });
}
