"""The listening socket, which can be closed for a while: to clients the server is gone."""

from aiohttp import web
from typing_extensions import override

from adapters.pager.embedded.pager import CompanyPager, Door


class FrontDoor(Door):
    """Listens on one address; closing it refuses connections and cuts the open ones."""

    def __init__(self, runner: web.AppRunner, host: str, pager: CompanyPager) -> None:
        self._runner = runner
        self._host = host
        self._pager = pager
        self._site: web.TCPSite | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen; port 0 takes a free one, which `port` then names."""
        self._site = web.TCPSite(self._runner, self._host, port)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    @property
    @override
    def is_closed(self) -> bool:
        return self._site is None

    @override
    def close_for(self, seconds: float) -> None:
        self._pager.background.spawn(self._close_and_reopen(seconds))

    async def _close_and_reopen(self, seconds: float) -> None:
        site, self._site = self._site, None
        if site is None:
            return
        await site.stop()
        clock = self._pager.clock
        await clock.wait_until(clock.now_ms() + round(seconds * 1000))
        await self.open(self.port)
