"""What RingCentral calls: the handshake of a new subscription, and events, which are only hints.

There is no signature. What protects us: an unguessable path, a verification token compared in
constant time, the subscription's id, and that the body decides nothing: it says "look into this
mailbox", and the path says which.

Source: RingCentral developer guide, "Webhooks".
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.hooks import Hook, Hooks, same
from adapters.pager.ringcentral.nudging import Nudges
from adapters.pager.ringcentral.seams import Seams

VALIDATION = "validation-token"
VERIFICATION = "verification-token"
LONGEST_PATH_SECRET = 128
ECHOED = re.compile(r"[A-Za-z0-9._-]{1,128}")


class WebhookAnswer(NamedTuple):
    """An HTTP answer: at most 1024 bytes in all, and JSON even when empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


_JSON = {"Content-Type": "application/json"}
ACCEPTED = WebhookAnswer(200, _JSON)
REFUSED = WebhookAnswer(401, _JSON)


class WebhookReceiver:
    """Behind `POST /ringcentral/webhook/{secret}`."""

    def __init__(self, hooks: Hooks, nudges: Nudges, seams: Seams) -> None:
        self._hooks = hooks
        self._nudges = nudges
        self._clock = seams.clock
        self._observer = seams.observer

    async def handle(
        self, path_secret: str, headers: Mapping[str, str], body: bytes
    ) -> WebhookAnswer:
        """Answer one request; `body` is as it came, already limited in size. Never raises."""
        hook = await self._hook(path_secret)
        answer = REFUSED if hook is None else self._judge(hook, headers, body)
        if answer is REFUSED:
            self._observer.saw("webhook.refused", known_path=hook is not None)
        return answer

    async def knows(self, path_secret: str) -> bool:
        """Whether a path is one of ours."""
        return await self._hook(path_secret) is not None

    async def _hook(self, path_secret: str) -> Hook | None:
        if len(path_secret) > LONGEST_PATH_SECRET:
            return None
        return await self._hooks.find(path_secret)

    def _judge(self, hook: Hook, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        validation, verification = _only(headers, VALIDATION), _only(headers, VERIFICATION)
        ours = same(validation, hook.token)
        if validation and not ours and not body:
            return self._shake_hands(hook, validation)
        # Newer guides call the header `Validation-Token`, also where it carries our own secret.
        if ours or same(verification, hook.token):
            return self._take_hint(hook, body)
        return REFUSED

    def _shake_hands(self, hook: Hook, token: str) -> WebhookAnswer:
        """Echo the token, only while we are asking for this very subscription."""
        if not hook.pending or not ECHOED.fullmatch(token):
            return REFUSED
        self._observer.saw("webhook.validated", mailbox=hook.mailbox)
        return WebhookAnswer(200, {**_JSON, "Validation-Token": token})

    def _take_hint(self, hook: Hook, body: bytes) -> WebhookAnswer:
        try:
            event = wire.parse(body)
        except wire.WireError:
            event = {}
        about = event.get("subscriptionId", hook.subscription)
        if not hook.pending and about != hook.subscription:
            return REFUSED
        self._observer.saw(
            "webhook.received",
            mailbox=hook.mailbox,
            readable=bool(event),
            lag_ms=self._lag_ms(event),
        )
        self._nudges.nudge(hook.mailbox)
        return ACCEPTED

    def _lag_ms(self, event: wire.Record) -> int | None:
        """Tell how long ago the event happened by RingCentral's clock; `None` if it does not say.

        Only counted: where the clocks differ, so does this.
        """
        try:
            happened = wire.moment(event, "timestamp")
        except wire.WireError:
            return None
        return max(0, round((self._clock.now() - happened).total_seconds() * 1000))


def _only(headers: Mapping[str, str], name: str) -> str:
    """Read a header that must not come twice."""
    values = [value for key, value in headers.items() if key.lower() == name]
    return values[0] if len(values) == 1 else ""
