"""Listening sockets that let go of every connection they took."""

import asyncio
import socket
import ssl

from aiohttp import web
from typing_extensions import override

# Of asyncio: from accepting to the transport one turn of the loop, one more to the protocol.
_TURNS_TO_HAND_OVER = 3


class Listener(web.AppRunner):
    """Runs an application on addresses; what came in while it closed is closed as well.

    asyncio forgets a connection accepted in the very turn in which its server closes: nobody
    answers it and nobody hangs up. So we stop accepting first and close when all is handed over.
    """

    _open: tuple[socket.socket, ...] = ()

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen on one more address; port 0 takes a free one. Returns the port.

        Raises:
            OSError: the address is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        await web.SockSite(self, listening, ssl_context=tls).start()
        self._open = (*self._open, listening)
        bound: int = listening.getsockname()[1]
        return bound

    async def refuse(self) -> None:
        """Close the addresses; connections that were taken go on."""
        taken, self._open = self._open, ()
        for listening in taken:
            asyncio.get_running_loop().remove_reader(listening)
        for _ in range(_TURNS_TO_HAND_OVER):
            await asyncio.sleep(0)  # noqa: TID251 - lets the loop turn, waits for no time
        for site in tuple(self.sites):
            await site.stop()

    @override
    async def cleanup(self) -> None:
        await self.refuse()
        await super().cleanup()
