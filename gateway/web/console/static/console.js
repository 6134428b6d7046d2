// What is nicer with a keyboard and a script. Everything works without.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
let waiting = false;

const go = (key) => {
  const entry = [...document.querySelectorAll("nav [data-key]")].find((one) => one.dataset.key === key);
  entry?.click();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (waiting) {
    waiting = false;
    go(event.key);
  } else if (event.key === "g") {
    waiting = true;
    setTimeout(() => { waiting = false; }, 1500);
  } else if (event.key === "?") {
    document.getElementById("help")?.showModal();
  } else if (event.key === "/") {
    const box = document.querySelector("input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
    } else {
      go("d");
    }
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens], [data-copies]");
  if (button?.dataset.opens) document.getElementById(button.dataset.opens)?.showModal();
  if (button?.dataset.copies) copy(button);
});

const copy = async (button) => {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copies);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl-C";
  }
  setTimeout(() => { button.textContent = before; }, 1500);
};

// A link from the terminal signs in without another click; a browser that only looks ahead must not.
const press = () => document.querySelector("form[data-at-once]")?.requestSubmit();
if (document.prerendering) document.addEventListener("prerenderingchange", press, { once: true });
else press();

// In a narrow window the menu is longer than the screen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Times are told in the reader's own zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf()) && time.title.endsWith("UTC")) time.title = at.toLocaleString();
}
