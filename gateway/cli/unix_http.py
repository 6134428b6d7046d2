"""HTTP over a file, by the standard library alone: a command that only asks starts in no time."""

import socket
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlencode

from typing_extensions import override

Query = Mapping[str, str] | Sequence[tuple[str, str]] | None


class UnixConnection(HTTPConnection):
    """A connection to a Unix socket; each step may take `patience_s`."""

    def __init__(self, path: Path, patience_s: float) -> None:
        super().__init__("gateway", timeout=patience_s)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def ask(
        self,
        method: str,
        path: str,
        query: Query = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HTTPResponse:
        """Ask, and read how the answer begins; `path` and `query` are as people write them.

        Raises:
            TimeoutError: somebody listens, and does not answer.
            OSError, HTTPException: nobody listens, or not for long.
        """
        address = f"{quote(path)}?{urlencode(query)}" if query else quote(path)
        self.request(method, address, body, headers or {})
        return self.getresponse()
