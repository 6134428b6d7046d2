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
for (const here of document.querySelectorAll("nav [aria-current]")) here.scrollIntoView({ block: "nearest", inline: "center" });

// Times are told in the reader's own zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf()) && time.title.endsWith("UTC")) time.title = at.toLocaleString();
}

// Live events: each becomes a row of text; nothing a sender wrote is read as markup.
const MOST_ROWS = 200;
const rows = document.querySelector("[data-stream]");
if (rows) {
  const standing = document.getElementById("events-standing");
  const pause = document.querySelector("[data-pauses]");
  let paused = false;
  let stream = null;

  const cell = (text, looks = "") => {
    const made = document.createElement("td");
    made.textContent = text;
    made.className = looks;
    return made;
  };
  const draw = (told) => {
    const { at, level, event, ...facts } = told;
    const row = document.createElement("tr");
    const known = Object.entries(facts).filter(([, value]) => value !== null && value !== "");
    row.append(
      cell(new Date(at).toLocaleTimeString()),
      cell(level),
      cell(event),
      cell(known.map(([name, value]) => `${name} ${value}`).join(", "), "soft names"),
    );
    rows.prepend(row);
    while (rows.rows.length > MOST_ROWS) rows.lastElementChild.remove();
  };
  const listen = () => {
    stream = new EventSource(rows.dataset.stream);
    stream.onopen = () => { standing.textContent = "Listening."; };
    stream.onerror = () => { standing.textContent = "The connection was lost; trying again."; };
    stream.onmessage = (message) => draw(JSON.parse(message.data));
    stream.addEventListener("end", (message) => {
      stream.close();
      standing.textContent = Number(message.data)
        ? `This page fell behind and missed ${message.data} events. Reload it to listen again.`
        : "The gateway stopped.";
    });
  };
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    if (paused) {
      stream.close();
      standing.textContent = "Paused; what happens meanwhile is not shown.";
    } else {
      listen();
    }
  });
  listen();
}
