"""Listening sockets that let go of every connection they took."""

import asyncio
import errno
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import http_parser, web
from typing_extensions import override

from adapters.visitors import HEAD_WITHIN_S, Door

# Of asyncio: from accepting to the transport one turn of the loop, one more to the protocol.
_TURNS_TO_HAND_OVER = 3
_HANDSHAKE_S = 2.0
LONGEST_PATH = 107
"""Bytes, on Linux (unix(7): `sun_path` has 108, with the end mark)."""
_OWNER_ONLY = 0o600


@dataclass(eq=False)
class SocketPathError(Exception):
    """A Unix socket cannot be made at a path; the text is for the operator."""

    path: Path
    why: str

    def __str__(self) -> str:
        """Say where and why."""
        return f"admin.socket {self.path}: {self.why}"


class AddressError(OSError):
    """An address cannot be listened on; the text is for the operator."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        """Say where and why, and how to find out who is there."""
        code = error.errno or 0
        why = os.strerror(code) if code > 0 else str(error.strerror)
        taken = f" See who has it: ss -ltnp 'sport = :{port}'." if code == errno.EADDRINUSE else ""
        super().__init__(f"{host}:{port} cannot be listened on ({why}).{taken}")


class SlowParserError(Exception):
    """aiohttp reads HTTP with its spare parser; the text is for the operator."""

    def __str__(self) -> str:
        """Say what is missing, and why it matters."""
        return (
            "aiohttp runs without its compiled parser. The spare one is slower, and reads odd "
            "requests in other ways than proxies do. Unset AIOHTTP_NO_EXTENSIONS, or install "
            "aiohttp from a wheel."
        )


@dataclass(frozen=True)
class _Open:
    """A socket that listens."""

    listening: socket.socket
    tls: ssl.SSLContext | None = None

    def waiting(self) -> Iterator[socket.socket]:
        """Accept who has connected; what the network did to them since is theirs."""
        with suppress(OSError):
            while True:
                yield self.listening.accept()[0]


class _Site(web.SockSite):
    """Listens; TLS has to be begun as soon as a request's head, not within a minute."""

    __slots__ = ("_listener",)

    def __init__(
        self, listener: "Listener", listening: socket.socket, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(listener, listening, ssl_context=tls)
        self._listener = listener

    @override
    async def start(self) -> None:
        await web.BaseSite.start(self)
        if self._listener.server is None:
            return
        self._server = await asyncio.get_running_loop().create_server(
            self._listener.server,
            sock=self._sock,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=self._listener.head_within_s if self._ssl_context else None,
        )


class Listener(web.AppRunner):
    """Runs an application on addresses; who comes while it closes is served or hung up on.

    asyncio forgets a connection accepted in the very turn in which its server closes: nobody
    answers it and nobody hangs up. So we stop accepting first, let what was accepted be handed
    over, take in who still waits, and close at once.
    """

    head_within_s: float = HEAD_WITHIN_S
    _open: tuple[_Open, ...] = ()
    _files: tuple[tuple[Path, int], ...] = ()

    @override
    async def _make_server(self) -> web.Server:
        """Make aiohttp's server, and let our door stand in its place.

        Raises:
            SlowParserError: HTTP would not be read by the compiled parser.
        """
        if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
            raise SlowParserError
        return Door(await super()._make_server(), self.head_within_s)

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen on one more address; port 0 takes a free one. Returns the port.

        Raises:
            AddressError: it is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, port), family=family)
        except OSError as error:
            raise AddressError(host, port, error) from error
        await _Site(self, listening, tls).start()
        self._open = (*self._open, _Open(listening, tls))
        bound: int = listening.getsockname()[1]
        return bound

    async def listen_unix(self, path: Path) -> None:
        """Listen on a file that its owner alone may use; gone again when we close.

        A file that a dead process left is replaced.

        Raises:
            SocketPathError: too long, in use by a living process, or not a socket's place.
        """
        listening = socket.socket(socket.AF_UNIX)
        try:
            made = _bind(listening, path)
            await web.SockSite(self, listening).start()
        except BaseException:
            listening.close()
            raise
        self._open = (*self._open, _Open(listening))
        self._files = (*self._files, (path, made))

    async def refuse(self) -> None:
        """Close the addresses; connections that were taken go on."""
        taken, self._open = self._open, ()
        for each in taken:
            asyncio.get_running_loop().remove_reader(each.listening)
        await _hand_over()
        late = [(connection, each.tls) for each in taken for connection in each.waiting()]
        for site in tuple(self.sites):
            await site.stop()
        await asyncio.gather(*(self._take_in(connection, tls) for connection, tls in late))
        await _hand_over()
        files, self._files = self._files, ()
        for path, made in files:
            _take_away(path, made)

    async def _take_in(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Serve somebody who had connected and was not accepted yet."""
        server, patience_s = self.server, _HANDSHAKE_S if tls else None
        if server is None:
            return connection.close()
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                server, connection, ssl=tls, ssl_handshake_timeout=patience_s
            )
        return None

    @override
    async def cleanup(self) -> None:
        await self.refuse()
        await super().cleanup()


async def _hand_over() -> None:
    """Let everything that was accepted come to its handler, and the handler to its first bytes."""
    for _ in range(_TURNS_TO_HAND_OVER):
        await asyncio.sleep(0)  # noqa: TID251 - lets the loop turn, waits for no time


def _bind(listening: socket.socket, path: Path) -> int:
    """Take the path; gives the file's number.

    Nobody can connect before the file is its owner's alone: we do not listen yet.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise SocketPathError(path, f"longer than {LONGEST_PATH} bytes; choose a shorter one")
    try:
        _clear(path)
        listening.bind(os.fspath(path))
        path.chmod(_OWNER_ONLY)
        return path.stat().st_ino
    except OSError as error:
        raise SocketPathError(path, f"cannot be made ({error.strerror or error})") from error


def _clear(path: Path) -> None:
    """Remove what a dead process left; leave everything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise SocketPathError(path, "something else is there already; choose another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise SocketPathError(path, "another gateway listens there; stop it, or choose another")


def _take_away(path: Path, made: int) -> None:
    """Remove the file we made, not one that somebody put in its place."""
    with suppress(FileNotFoundError):
        if path.stat().st_ino == made:
            path.unlink()
