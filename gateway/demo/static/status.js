/** RingCentral's words for an extension's status, as people say them. */

const WORDS = { Enabled: "Active", Disabled: "Disabled", Frozen: "Frozen", NotActivated: "Not activated", Unassigned: "Unassigned" };

export const statusWord = (status) => WORDS[status] ?? status;
