"""What was written in threads while nobody listened is read afterwards.

Chat platforms give up on events: Slack after some minutes of our absence, and now and then for
reasons of its own. So from time to time threads with life in them are read; the key of a message
is the same whichever way it came, and what was heard has no second effect.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.errors import ChatRefusedError, GatewayError
from gateway.domain.pages import ChatThread
from gateway.ports.chat import Hindsight
from gateway.ports.clock import CLOCKS_DIFFER, Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.ports.vault import Vault

_EVERY_S = 600.0
_ALIVE = timedelta(days=7)
"""Older threads are left to their events; of longer absences, the last week is made up for."""
_MOST = 200
_OVERLAP = CLOCKS_DIFFER + timedelta(minutes=2)
"""Their clock and ours may differ, and an event may be on its way."""
_PAUSE_S = 1.5
"""Slack grants 50 such questions a minute, and posting must not wait for them."""
_HEARD = "chat.heard_until"


@dataclass(frozen=True)
class CatchingUp:
    """Reads threads again; remembers until when nothing can have been missed."""

    store: Store
    vault: Vault
    hindsight: Hindsight
    clock: Clock
    observer: Observer

    async def run(self) -> None:
        """Look now, and from time to time; never ends."""
        while True:
            await self.look()
            await self.clock.sleep(_EVERY_S)

    async def look(self) -> None:
        """Read what may have been missed. What fails is read again the next time."""
        now = self.clock.now()
        try:
            since = await self._heard_until(now) - _OVERLAP
            threads = await self.store.threads(now - _ALIVE, _MOST)
            for thread in threads:
                await self._read(thread, since)
                await self.clock.sleep(_PAUSE_S)
            await self.vault.put(_HEARD, now.isoformat())
            self.observer.saw("threads.read", count=len(threads))
        except GatewayError as error:
            self.observer.saw("threads.unread", code=error.code)

    async def _heard_until(self, now: datetime) -> datetime:
        """Tell since when something may be missing; on the first start ever, nothing is."""
        heard = await self.vault.get(_HEARD)
        return max(datetime.fromisoformat(heard), now - _ALIVE) if heard else now

    async def _read(self, thread: ChatThread, since: datetime) -> None:
        try:
            await self.hindsight.hear_again(thread, since)
        except ChatRefusedError as error:
            # We were put out of that channel, or it is gone: nobody waits for us there.
            self.observer.saw("thread.closed_to_us", channel=thread.channel, code=error.code)
