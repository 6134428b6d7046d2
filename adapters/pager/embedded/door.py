"""The listening socket, which can be closed for a while: to clients the server is gone."""

from typing_extensions import override

from adapters.listening import Listener
from adapters.pager.embedded.pager import CompanyPager, Door


class FrontDoor(Door):
    """Listens on one address; closing it refuses connections and cuts the open ones."""

    def __init__(self, runner: Listener, host: str, pager: CompanyPager) -> None:
        self._runner = runner
        self._host = host
        self._pager = pager
        self.port = 0
        self._closed = True

    async def open(self, port: int) -> None:
        """Listen; port 0 takes a free one, which `port` then names."""
        self.port = await self._runner.listen(self._host, port)
        self._closed = False

    @property
    @override
    def is_closed(self) -> bool:
        return self._closed

    @override
    def close_for(self, seconds: float) -> None:
        self._pager.background.spawn(self._close_and_reopen(seconds))

    async def _close_and_reopen(self, seconds: float) -> None:
        if self._closed:
            return
        self._closed = True
        await self._runner.refuse()
        clock = self._pager.clock
        await clock.wait_until(clock.now_ms() + round(seconds * 1000))
        await self.open(self.port)
