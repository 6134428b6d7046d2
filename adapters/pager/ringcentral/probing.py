"""How long an accepted page takes to show up in the message store; measured, not guessed.

What is not there after that time was not sent, and is sent again; so the figure decides whether a
lost answer can become a page that goes out twice.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.asking import Heard, Query, SignedIn, signed_in
from adapters.pager.ringcentral.client import OWN_EXTENSION
from adapters.pager.ringcentral.settings import RingCentralSettings
from gateway.ports.clock import Clock

LONGEST_S = 90.0
"""What has not shown up by then is given up."""

_LOOK_EVERY_S = 1.0
"""Reading is one call of fifty a minute."""
_BETWEEN_S = 2.0
_SPAN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Seen:
    """One page that was accepted. `after_s` is `None` when it never showed up."""

    after_s: float | None


async def probe(
    settings: RingCentralSettings, to: str, texts: tuple[str, ...], clock: Clock
) -> AsyncIterator[Seen | Heard]:
    """Send each text to an extension, one after the other, and watch the sender's mailbox.

    Gives what was seen of each; a refusal is the last thing given.
    """
    async with signed_in(settings, clock) as session:
        if not session.sign_in.well:
            yield session.sign_in
            return
        for number, text in enumerate(texts):
            if number:
                await clock.sleep(_BETWEEN_S)
            body = {"to": [{"extensionNumber": to}], "text": text}
            sent = await session.post(f"{OWN_EXTENSION}/company-pager", body)
            if not sent.well:
                yield sent
                return
            yield Seen(await _shown_after(session, str(sent.record.get("id")), clock))


async def _shown_after(session: SignedIn, message: str, clock: Clock) -> float | None:
    """Look for a message until it is listed; a look that fails is only a look less."""
    accepted, since = clock.monotonic(), wire.iso(clock.now() - _SPAN)
    query: Query = (("messageType", "Pager"), ("direction", "Outbound"), ("dateFrom", since))
    while clock.monotonic() - accepted < LONGEST_S:
        heard = await session.get(f"{OWN_EXTENSION}/message-store", query)
        if message in _ids(heard):
            return clock.monotonic() - accepted
        await clock.sleep(_LOOK_EVERY_S)
    return None


def _ids(heard: Heard) -> set[str]:
    try:
        return {wire.an_id(record, "id") for record in wire.records(heard.record)}
    except wire.WireError:
        return set()
