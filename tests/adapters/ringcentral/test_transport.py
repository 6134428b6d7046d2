"""Whether a request left, and what came back of it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from adapters.pager.ringcentral.settings import Timeouts
from adapters.pager.ringcentral.transport import Answer, Request, Transport
from gateway.domain.errors import PagerOutcomeUnknownError, PagerUnavailableError
from tests.adapters.ringcentral.surroundings import Answering, Scripted, reset, scripted

BRISK = Timeouts(connect_s=0.2, read_s=0.2, total_s=1.0)
SECRET = "Bearer canary-token"
POST = Request("POST", "/page", SECRET, json={"text": "canary text"})


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as script:
        yield script


@pytest.fixture
async def transport(server: Scripted) -> AsyncIterator[Transport]:
    async with Transport.open(server.url, BRISK) as opened:
        yield opened


async def test_a_whole_answer_is_handed_over_whatever_its_status(
    server: Scripted, transport: Transport
) -> None:
    """Refusals are answers too; header names are lower case."""
    server.then(web.Response(status=418, text="short", headers={"RCRequestId": "trace-7"}))
    answer = await transport.exchange(POST)
    assert (answer.status, answer.body, answer.trace) == (418, b"short", "trace-7")


async def test_a_path_prefix_of_the_server_is_kept(server: Scripted) -> None:
    """The API may stand behind a proxy that adds one."""
    server.then(web.Response())
    async with Transport.open(server.url + "/pager", BRISK) as transport:
        await transport.exchange(Request("GET", "/restapi/v1.0/~", SECRET, (("a", "b c"),)))
    assert server.requests[0][1] == "/pager/restapi/v1.0/~?a=b+c"


async def test_nobody_listening_means_nothing_left() -> None:
    """A refused connection can be tried again safely."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with Transport.open(
            f"http://127.0.0.1:{unused.getsockname()[1]}", BRISK
        ) as transport:
            with pytest.raises(PagerUnavailableError):
                await transport.exchange(POST)


async def test_a_connection_that_never_opens_means_nothing_left() -> None:
    """A full backlog looks like a dead host: the connect timeout ends it."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
        async with Transport.open(f"http://127.0.0.1:{full.getsockname()[1]}", BRISK) as transport:
            with pytest.raises(PagerUnavailableError):
                await transport.exchange(POST)


async def test_an_unknown_host_means_nothing_left() -> None:
    """Names that do not resolve are connection failures."""
    async with Transport.open("http://pager.invalid", BRISK) as transport:
        with pytest.raises(PagerUnavailableError):
            await transport.exchange(POST)


async def test_tls_that_fails_means_nothing_left(server: Scripted) -> None:
    """A server that does not speak TLS never saw the request."""
    async with Transport.open(server.url.replace("http:", "https:"), BRISK) as transport:
        with pytest.raises(PagerUnavailableError):
            await transport.exchange(POST)


async def silent(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def cut_short(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"only a part")
    return await reset(request)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65536)


async def not_http(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.write(b"SSH-2.0 and so on\r\n\r\n")
    return await silent(request)


@pytest.mark.parametrize("answer", [reset, silent, cut_short, endless, not_http])
async def test_no_whole_answer_means_it_may_have_been_sent(
    server: Scripted, transport: Transport, answer: Answering
) -> None:
    """Reset, time-out, truncation, endless bodies, nonsense: all after the request had left."""
    server.then(answer)
    with pytest.raises(PagerOutcomeUnknownError):
        await transport.exchange(POST)
    assert len(server.requests) == 1


async def test_redirects_are_answers_and_never_followed(
    server: Scripted, transport: Transport
) -> None:
    """A redirect would carry our token elsewhere."""
    server.then(web.Response(status=307, headers={"Location": server.url + "/elsewhere"}))
    assert (await transport.exchange(POST)).status == 307
    assert len(server.requests) == 1


async def test_no_error_carries_the_request(server: Scripted, transport: Transport) -> None:
    """The exceptions of aiohttp hold headers; ours hold nothing, and chain nothing."""
    server.then(not_http)
    with pytest.raises(PagerOutcomeUnknownError) as caught:
        await transport.exchange(POST)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert "canary" not in repr(POST) + repr(Answer(200, body=b"canary"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7),
        ("0", 1),
        ("1000000000", 3600),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_read_with_suspicion(value: str, expected: int | None) -> None:
    """Whole seconds, at most an hour; anything else counts as absent."""
    assert Answer(429, {"retry-after": value}).retry_after_s == expected


def test_a_correlation_id_that_does_not_look_like_one_is_dropped() -> None:
    """It goes into logs."""
    assert Answer(400, {"rcrequestid": "a b\n"}).trace == ""
    assert Answer(400, {"rcrequestid": "1f-2.a:b_c"}).trace == "1f-2.a:b_c"
