/**
 * A stream of server-sent events that survives: it starts exactly after what the page already has,
 * comes back after a break with growing, jittered pauses, and asks for what it missed.
 */

const SHORTEST_MS = 400;
const LONGEST_MS = 15_000;

/**
 * @param {string} url     where the stream is; `after` is added to its query
 * @param {object} options
 *   after     number of the last event the page already knows
 *   events    names to listen for
 *   onEvent   called with (name, data, id)
 *   onStatus  called with "live" or "waiting"
 * @returns {() => void} ends the stream
 */
export function openStream(url, { after = 0, events, onEvent, onStatus = () => {} }) {
  let last = after;
  let failures = 0;
  let source = null;
  let timer = null;

  function connect() {
    const address = new URL(url, location.href);
    address.searchParams.set("after", String(last));
    source = new EventSource(address);
    source.onopen = () => {
      failures = 0;
      onStatus("live");
    };
    source.onerror = retry;
    for (const name of events) source.addEventListener(name, (event) => receive(name, event));
  }

  function receive(name, event) {
    if (event.lastEventId) last = event.lastEventId;
    onEvent(name, JSON.parse(event.data), event.lastEventId);
  }

  // The browser's own reconnecting has no jitter and gives up on some answers: close and do it here.
  function retry() {
    source.close();
    onStatus("waiting");
    timer = setTimeout(connect, pauseAfter(failures++));
  }

  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function pauseAfter(failures) {
  const longest = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures);
  return longest / 2 + (Math.random() * longest) / 2;
}
