/** Times as people read them: message clocks, day dividers, and Slack's `<!date^…>` formats. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });
const longDate = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const plainDate = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const everything = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** A Slack `ts` ("1767225600.000200") or seconds as a Date. */
export function dateOf(ts) {
  return new Date(Number(ts) * 1000);
}

export const timeText = (ts) => clock.format(dateOf(ts));
export const fullText = (ts) => everything.format(dateOf(ts));

/** Two moments on one calendar day have the same key. */
export function dayKey(ts) {
  const date = dateOf(ts);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** "Today", "Yesterday", or "Monday, March 2". */
export function dayText(ts, now = Date.now()) {
  return nearDay(dateOf(ts), now) ?? day.format(dateOf(ts));
}

function nearDay(date, now) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(date) - midnight(now)) / 86_400_000);
  if (Math.abs(days) > 1) return null;
  const words = relative.format(days, "day");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const FORMATS = {
  date_num: (date) => date.toLocaleDateString("sv-SE"),
  date: (date) => plainDate.format(date),
  date_short: (date) => shortDate.format(date),
  date_long: (date) => longDate.format(date),
  date_pretty: (date, now) => nearDay(date, now) ?? plainDate.format(date),
  date_short_pretty: (date, now) => nearDay(date, now) ?? shortDate.format(date),
  date_long_pretty: (date, now) => nearDay(date, now) ?? longDate.format(date),
  time: (date) => clock.format(date),
  time_secs: (date) => clockWithSeconds.format(date),
  ago: agoText,
};

function agoText(date, now) {
  const minutes = Math.round((date - now) / 60_000);
  if (Math.abs(minutes) < 60) return relative.format(minutes, "minute");
  if (Math.abs(minutes) < 60 * 36) return relative.format(Math.round(minutes / 60), "hour");
  return relative.format(Math.round(minutes / 1440), "day");
}

/**
 * Fill the `{tokens}` of a `<!date^…>` format in the reader's time zone.
 * @returns {string|null} null when the moment or a token is not understood: show the fallback then
 */
export function formatDate(seconds, format, now = Date.now()) {
  const date = dateOf(seconds);
  if (Number.isNaN(date.getTime())) return null;
  let understood = true;
  const text = format.replace(/\{(\w+)\}/g, (_, token) => {
    if (Object.hasOwn(FORMATS, token)) return FORMATS[token](date, now);
    understood = false;
    return "";
  });
  return understood ? text : null;
}
