/**
 * What the demo page borrows from the workspace page's server, so that both look and behave alike:
 * the DOM words, the live stream, the single-flight reader. Everything here waits for two answers:
 * the demo's own configuration, which says where that server is, and the modules themselves.
 */

export const config = await (await fetch("/demo/config")).json();

const borrowed = (name) => import(`${config.slack.base}/_sim/static/${name}.js`);
const modules = ["dom", "live", "reader", "popup", "scrolling", "toast", "workspace"];
const [dom, live, reader, popup, scrolling, toast, workspace] = await Promise.all(
  modules.map(borrowed),
);

export const { avatar, button, coalesced, fill, h, icon, reconcile, refill, tool } = dom;
export const { openStream } = live;
export const { createReader } = reader;
export const { openMenu } = popup;
export const { keepAtEnd } = scrolling;
export const { createToasts } = toast;
export const { mountWorkspace } = workspace;

/** Ask a JSON door; what comes back is its answer, or an Error with words fit to show. */
export async function ask(method, url, body) {
  const options = body
    ? { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }
    : { method };
  const answer = await fetch(url, options).catch(() => {
    throw new Error(`${new URL(url, location.href).host} doesn't answer.`);
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(problemIn(content) ?? `${answer.status} from ${url}`);
  return content;
}

/** The pager says `{errors: [{errorCode, message}]}`, the workspace `{error: code}`. */
function problemIn({ errors, error, message }) {
  const [first] = errors ?? [];
  if (first) return `${first.errorCode}: ${first.message}`;
  return message ?? error?.replaceAll("_", " ");
}
