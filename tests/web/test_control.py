"""The control door: what an operator's command is answered over the Unix socket."""

import stat
from pathlib import Path

import pytest
from aiohttp import web

from adapters.listening import Listener, SocketPathError
from gateway.domain.errors import ChatRefusedError, StoreUnavailableError
from gateway.web.errors import RefusedError
from tests.web.sockets import served

REFUSALS = [
    (RefusedError("silence.unknown", "There is no such silence.", 404), 404, "silence.unknown"),
    (web.HTTPBadRequest(), 400, "http.400"),
    (StoreUnavailableError(), 503, "gateway.not_recorded"),
    (ChatRefusedError("secret_vendor_code"), 409, "chat.refused"),
]


async def test_owner_alone_may_ask(tmp_path: Path) -> None:
    """The file's permissions are the credential; it is gone when the gateway is."""
    path = tmp_path / "gateway.sock"
    async with served(path) as session:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await (await session.get("/-/status")).json() == {"version": "1"}
    assert not path.exists()


@pytest.mark.parametrize(("raised", "status", "code"), REFUSALS)
async def test_refusal_has_a_code_and_a_message(
    tmp_path: Path, raised: Exception, status: int, code: str
) -> None:
    """A program reads the code, a person the message; nobody reads a vendor's words."""

    async def refuse(_: web.Request) -> web.Response:
        raise raised

    async with served(tmp_path / "s", web.get("/-/thing", refuse)) as session:
        answer = await session.get("/-/thing")
        body = await answer.json()
    assert (answer.status, body["error"]["code"]) == (status, code)
    assert body["error"]["message"].strip()
    assert "secret" not in body["error"]["message"]


async def test_what_is_not_there_is_said_as_json(tmp_path: Path) -> None:
    """An older gateway answers a newer command."""
    async with served(tmp_path / "s") as session:
        answer = await session.get("/-/future")
        assert (await answer.json())["error"] == {"code": "http.404", "message": "Not Found"}


async def test_file_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    """After kill -9 the next start needs nobody to tidy."""
    path = tmp_path / "gateway.sock"
    left = Listener(web.Application(), access_log=None)
    await left.setup()
    await left.listen_unix(path)
    path.rename(tmp_path / "kept")
    await left.cleanup()
    (tmp_path / "kept").rename(path)
    async with served(path) as session:
        assert (await session.get("/-/status")).status == 200


async def test_living_gateway_keeps_its_socket(tmp_path: Path) -> None:
    """A second one is refused in words and takes nothing away."""
    path = tmp_path / "gateway.sock"
    async with served(path) as session:
        with pytest.raises(SocketPathError, match="another gateway listens there"):
            async with served(path):
                pass
        assert (await session.get("/-/status")).status == 200


async def test_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A path that was mistyped costs nobody a file."""
    path = tmp_path / "gateway.db"
    path.write_text("precious")
    with pytest.raises(SocketPathError, match="something else"):
        async with served(path):
            pass
    assert path.read_text() == "precious"


@pytest.mark.parametrize("path", ["x" * 200, "nowhere/gateway.sock"])
async def test_path_that_cannot_be_is_refused_in_words(tmp_path: Path, path: str) -> None:
    """The words name the setting and the path."""
    with pytest.raises(SocketPathError, match=r"admin\.socket .*(longer than 107|cannot be made)"):
        async with served(tmp_path / path):
            pass
