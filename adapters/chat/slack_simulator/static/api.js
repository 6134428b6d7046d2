/** The workspace server's door, as functions: what a person can do and see (`/_sim/…`). */

/** Every call resolves to the server's answer, or fails with an Error whose message can be shown. */
export function createApi(base) {
  const call = (method, path, body) => request(`${base}/_sim${path}`, method, body);
  return {
    url: (path) => `${base}/_sim${path}`,
    state: (user) => call("GET", user ? `/state${query({ user })}` : "/state"),
    messages: (channel) => call("GET", `/channels/${channel}/messages`),
    thread: (channel, thread_ts) =>
      call("GET", `/channels/${channel}/messages${query({ thread_ts })}`),
    privates: (user) => call("GET", `/private${query({ user })}`),
    views: (user) => call("GET", `/views${query({ user })}`),
    home: (user) => call("GET", `/home${query({ user })}`),
    openHome: (body) => call("POST", "/home", body),
    say: (body) => call("POST", "/messages", body),
    edit: (body) => call("PUT", "/messages", body),
    remove: (body) => call("DELETE", "/messages", body),
    command: (body) => call("POST", "/commands", body),
    act: (body) => call("POST", "/actions", body).then(heard),
    options: (body) => call("POST", "/options", body),
    submit: (view, body) => call("POST", `/views/${view}/submit`, body),
    close: (view, body) => call("POST", `/views/${view}/close`, body),
    shortcut: (body) => call("POST", "/shortcuts", body).then(heard),
    react: (body) => call("POST", "/reactions", body),
    join: (body) => call("POST", "/invite", body),
  };
}

function query(parameters) {
  return `?${new URLSearchParams(parameters)}`;
}

async function request(url, method, body) {
  const answer = await fetch(url, withBody({ method }, body)).catch(() => {
    throw new Error("The workspace server doesn't answer.");
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw new Error(content.message ?? refusal(content.error ?? String(answer.status)));
  return content;
}

/** Whether the app took it is in the answer, as Slack shows a warning sign beside the button. */
function heard(outcome) {
  if (outcome.ok === false)
    throw new Error(`The app didn't take that: ${outcome.error.replaceAll("_", " ")}.`);
  return outcome;
}

/** A code such as `not_in_channel` in words. */
function refusal(code) {
  return `That didn't work: ${code.replaceAll("_", " ")}.`;
}

function withBody(options, body) {
  if (!body) return options;
  return {
    ...options,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}
