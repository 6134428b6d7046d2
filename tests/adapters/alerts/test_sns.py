"""SNS: signatures by a certificate that has to be fetched, and confirmations (T9, landmine 10)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.alerts.sns.fetching import (
    ANSWER_MOST,
    HttpFetch,
    UnreachableError,
    is_amazon,
    is_certificate,
)
from adapters.listening import Listener
from gateway.ports.alerts import Checked, Trust
from tests.adapters.alerts.amazon import (
    CERTIFICATE,
    SETTINGS,
    SUBSCRIBE,
    TOPIC,
    certificate,
    confirmation,
    notification,
    signed,
)
from tests.adapters.alerts.surroundings import Around, request_of


@pytest.fixture
def around() -> Around:
    """Amazon's certificate is where the messages say."""
    made = Around()
    made.amazon.pages = {CERTIFICATE: certificate(), SUBSCRIBE: b"<ConfirmSubscriptionResponse/>"}
    return made


async def check(around: Around, message: Any, **auth: Any) -> Checked:
    """Judge one message."""
    settings = SETTINGS | {"auth": SETTINGS["auth"] | auth}
    return await around.source(**settings).authenticate(request_of(json.dumps(message).encode()))


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_signed_message_of_an_expected_topic_is_genuine(
    around: Around, version: str
) -> None:
    """Both versions of the signature; the message's own id names the request."""
    checked = await check(around, signed(notification(SignatureVersion=version)))
    assert checked == Checked(Trust.GENUINE, "5d1c2f9e-0001")


async def test_a_missing_subject_is_not_signed(around: Around) -> None:
    """The only member that may be absent, or null."""
    without = {name: value for name, value in notification().items() if name != "Subject"}
    assert (await check(around, signed(without))).trust is Trust.GENUINE
    assert (await check(around, signed(notification(Subject=None)))).trust is Trust.GENUINE


@pytest.mark.parametrize("member", ["Message", "MessageId", "Subject", "Timestamp"])
async def test_nothing_that_is_signed_can_be_changed(around: Around, member: str) -> None:
    """Each member counts; leaving one out counts, too."""
    message = signed(notification())
    later = message["Timestamp"].replace(":00+", ":01+")
    changed = later if member == "Timestamp" else "something else"
    assert (await check(around, {**message, member: changed})).trust is Trust.CREDENTIAL
    del message[member]
    assert (await check(around, message)).trust is not Trust.GENUINE


async def test_another_key_signs_nothing(around: Around) -> None:
    """A signature that is right by the wrong key."""
    assert (await check(around, signed(notification(), "stranger"))).trust is Trust.CREDENTIAL
    for odd in ("", "=", "ü", None, 7, "AAAA"):
        message = {**notification(), "Signature": odd}
        assert (await check(around, message)).trust is Trust.CREDENTIAL


async def test_version_1_may_be_switched_off(around: Around) -> None:
    """SHA-1 is taken because topics use it by default, not for ever; other versions never."""
    old = signed(notification(SignatureVersion="1"))
    assert (await check(around, old, sha1=False)).trust is Trust.HEADERS
    assert (await check(around, {**old, "SignatureVersion": "3"})).trust is Trust.HEADERS


async def test_another_topic_causes_no_visit(around: Around) -> None:
    """Everybody's topics are signed by the same key; a stranger's makes us go nowhere."""
    message = signed(notification(TopicArn=f"{TOPIC}-of-somebody-else"))
    assert (await check(around, message)).trust is Trust.TOPIC
    assert around.amazon.visits == []


@pytest.mark.parametrize(
    ("late_s", "trust"),
    [(-61, Trust.TIME), (0, Trust.GENUINE), (3600, Trust.GENUINE), (3901, Trust.TIME)],
)
async def test_the_window_covers_the_longest_retry(
    around: Around, late_s: float, trust: Trust
) -> None:
    """SNS tries for up to an hour, with the time of the first try."""
    message = signed(notification())
    around.clock.move(late_s)
    assert (await check(around, message)).trust is trust


async def test_the_certificate_is_fetched_once(around: Around) -> None:
    """Amazon changes it every few months."""
    source = around.source(**SETTINGS)
    for number in range(3):
        body = json.dumps(signed(notification(MessageId=f"m-{number}"))).encode()
        assert (await source.authenticate(request_of(body))).trust is Trust.GENUINE
    assert around.amazon.visits == [CERTIFICATE]


async def test_a_certificate_out_of_reach_decides_nothing(around: Around) -> None:
    """SNS does not repeat what is refused, so it must not be: it is told to come again."""
    around.amazon.pages = {}
    assert (await check(around, signed(notification()))).trust is Trust.UNDECIDED
    around.amazon.pages = {CERTIFICATE: b"<html>not a certificate</html>"}
    assert (await check(around, signed(notification()))).trust is Trust.UNDECIDED
    around.amazon.pages = {CERTIFICATE: certificate(days=0)}
    assert (await check(around, signed(notification()))).trust is Trust.UNDECIDED


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://user@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com./x.pem",
        "https://SNS.eu-west-1.amazonaws.com/x.pem",
        "https://sns..amazonaws.com/x.pem",
        "https://sns.a.b.amazonaws.com/x.pem",
        "https://s3.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.cn.evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com\n.evil.example/x.pem",
        "https://sns.eu\u2013west-1.amazonaws.com/x.pem",
        "https://[sns.eu-west-1.amazonaws.com/x.pem",
        "//sns.eu-west-1.amazonaws.com/x.pem",
        "file:///etc/passwd.pem",
        "https://169.254.169.254/x.pem",
        "",
    ],
)
async def test_only_amazons_own_host_is_visited(around: Around, address: str) -> None:
    """A signed message that names another place is a stranger's."""
    assert not is_amazon(address)
    message = signed(notification(SigningCertURL=address))
    assert (await check(around, message)).trust is Trust.CREDENTIAL
    assert around.amazon.visits == []


def test_what_amazons_addresses_look_like() -> None:
    """Regions of the world and of China; certificates end with .pem."""
    assert is_certificate(CERTIFICATE)
    assert is_certificate("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-x.pem")
    assert is_amazon(SUBSCRIBE)
    assert not is_certificate(SUBSCRIBE)
    assert not is_certificate("https://sns.eu-west-1.amazonaws.com/?x=.pem")


async def test_a_subscription_of_an_expected_topic_is_confirmed(around: Around) -> None:
    """Visited as it is written, and never before its signature is known to be right."""
    forged = signed(confirmation(), "stranger")
    assert (await check(around, forged)).trust is Trust.CREDENTIAL
    assert around.amazon.visits == [CERTIFICATE]
    assert (await check(around, signed(confirmation()))).trust is Trust.GENUINE
    assert around.amazon.visits[-1] == SUBSCRIBE
    assert around.log.of("alerts.subscription_confirmed") == [{}]


async def test_a_confirmation_that_failed_is_tried_again(around: Around) -> None:
    """SNS repeats its question when we answer that we could not."""
    del around.amazon.pages[SUBSCRIBE]
    assert (await check(around, signed(confirmation()))).trust is Trust.UNDECIDED


async def test_confirmations_elsewhere_or_unwanted_are_left(around: Around) -> None:
    """Signed or not, only SNS's own address is visited, and only while subscriptions are made."""
    elsewhere = signed(confirmation(SubscribeURL="https://evil.example/"))
    assert (await check(around, elsewhere)).trust is Trust.GENUINE
    unwanted = signed(confirmation())
    assert (await check(around, unwanted, confirm=False)).trust is Trust.GENUINE
    leaving = signed(confirmation(Type="UnsubscribeConfirmation"))
    assert (await check(around, leaving)).trust is Trust.GENUINE
    assert set(around.amazon.visits) == {CERTIFICATE}
    assert len(around.log.of("alerts.subscription_left")) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"Type":7}', b'{"TopicArn":["x"]}'])
async def test_odd_bodies_are_strangers(around: Around, body: bytes) -> None:
    """Refused before anybody is visited."""
    checked = await around.source(**SETTINGS).authenticate(request_of(body))
    assert checked.trust in {Trust.CREDENTIAL, Trust.TOPIC}
    assert around.amazon.visits == []


@pytest.mark.parametrize("member", ["Type", "Timestamp", "SigningCertURL", "Signature", "Message"])
@pytest.mark.parametrize("odd", [None, 7, [], {}, "", "\ud800", "x" * 3000])
async def test_odd_members_are_refused(around: Around, member: str, odd: Any) -> None:
    """Whatever the type, never an error."""
    message = {**signed(notification()), member: odd}
    assert (await check(around, message)).trust not in {Trust.GENUINE, Trust.UNDECIDED}


# --- the real visit ----------------------------------------------------------------------------


@asynccontextmanager
async def somewhere(answer: Any) -> AsyncIterator[tuple[HttpFetch, str]]:
    """A server that answers everything alike, and a way to visit it."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = Listener(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0)
        async with aiohttp.ClientSession() as session:
            yield HttpFetch(session), f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def test_an_address_is_visited_as_it_is_written() -> None:
    """Escapes in a token are part of it."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(body=b"pem")

    async with somewhere(answer) as (fetch, url):
        assert await fetch.get(f"{url}/?Token=t%2F1&x=%20") == b"pem"
    assert seen == ["/?Token=t%2F1&x=%20"]


@pytest.mark.parametrize(
    "given",
    [
        web.Response(status=302, headers={"Location": "/elsewhere"}),
        web.Response(status=404),
        web.Response(status=204),
        web.Response(body=b"x" * (ANSWER_MOST + 1)),
    ],
    ids=["redirect", "missing", "empty", "endless"],
)
async def test_other_answers_are_none(given: web.Response) -> None:
    """No redirect is followed, and no more is read than a certificate can have."""
    visits: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        visits.append(request.path)
        return given

    async with somewhere(answer) as (fetch, url):
        with pytest.raises(UnreachableError):
            await fetch.get(f"{url}/first")
    assert visits == ["/first"]


async def test_nobody_there_is_out_of_reach() -> None:
    """A refused connection is no bug."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(UnreachableError):
            await HttpFetch(session).get("http://127.0.0.1:1/")
