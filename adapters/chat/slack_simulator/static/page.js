/** The stand-alone page: the workspace fills the window; `?user=U…` says who to be. */

import { mountWorkspace } from "./workspace.js";

const user = new URLSearchParams(location.search).get("user") ?? undefined;
await mountWorkspace(document.querySelector("#workspace"), { user });
document.querySelector(".composer-input").focus();
