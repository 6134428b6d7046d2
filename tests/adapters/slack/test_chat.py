"""What is said in Slack: words that stay words, names, pace, private ways, and odd answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.slack.answers import AnswerAddresses, is_answer_address
from adapters.chat.slack.pacing import Pace
from gateway.domain.content import Content, Emphasis, Paragraph, Quote, Small, Span
from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatThrottledError,
    ChatUnavailableError,
)
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.pages import ChatThread
from gateway.ports.chat import ChatEdit, ChatPost, ChatWhisper
from tests.adapters.slack.desk import Desk
from tests.adapters.slack.scripted import Answer, Stage, no, ok, says, scripted
from tests.fakes.clock import SkippingClock

ACME = WorkspaceId("T0ACME")
OPS, BOARD = ChannelId("C0OPS"), ChannelId("C0BOARD")
DANA, CASEY = ChatUserId("U0DANA"), ChatUserId("U0CASEY")
HELLO = Content("hello", (Paragraph(((Span("hello", Emphasis.STRONG),),)),))


def post(content: Content = HELLO, **more: Any) -> ChatPost:
    return ChatPost(ACME, OPS, content, "pg_7K2M:1", **more)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with scripted() as ready:
        ready.script.on("chat.postMessage", ok(channel="C0OPS", ts="1.1"))
        yield ready


# --- words stay words --------------------------------------------------------------------------

HOSTILE = (
    "<!channel> <!here> @here @channel @everyone <@U0AVERY> @avery #ops <#C0OPS> "
    "<!subteam^S0ONCALL> @oncall <https://evil.example|bank.example> *Sent.* _x_ `y` ~z~ "
    "&lt;!channel&gt; \u202egnp.exe"
)


async def test_hostile_words_notify_nobody(at: Desk) -> None:
    """However they arrive in a message: quoted, in our sentence, as a reply, as a name (T15)."""
    line = (Span("From ", Emphasis.STRONG), Span(HOSTILE))
    contents = (
        Content(HOSTILE),
        Content(HOSTILE, (Paragraph(((Span(HOSTILE),),)),)),
        Content(HOSTILE, (Paragraph((line,)), Quote(HOSTILE), Small(line))),
    )
    root = (await at.slack.chat.post(post())).message
    for n, content in enumerate(contents):
        at.clock.move(10)
        said = post(content, root=root, speaker=HOSTILE)
        receipt = await at.slack.chat.post(replace(said, marker=f"m:{n}"))
        edit = ChatEdit(ACME, OPS, receipt.message, content, "m")
        await at.slack.chat.update(edit)
        await at.slack.chat.whisper(ChatWhisper(ACME, DANA, OPS, content))
    said_in_all = [*await at.messages(thread_ts=root), *await at.private()]
    assert len(said_in_all) == 1 + 2 * len(contents)
    assert [mention for message in said_in_all for mention in message["mentions"]] == []
    assert "<" not in "".join(message["text"] for message in said_in_all).replace("<https://", "")


async def test_a_message_carries_its_marker_and_no_previews(stage: Stage) -> None:
    """What a post needs to be found again, and what keeps links in it from acting."""
    await stage.slack.chat.post(post())
    (sent,) = stage.script.bodies("chat.postMessage")
    assert sent["metadata"] == {
        "event_type": "pager_gateway",
        "event_payload": {"marker": "pg_7K2M:1"},
    }
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["link_names"]) == (False,) * 3
    assert (sent["parse"], sent["mrkdwn"]) == ("none", False)


# --- who speaks --------------------------------------------------------------------------------


async def test_a_reply_looks_like_the_person_on_the_pager(at: Desk) -> None:
    """Their name with a suffix nobody can leave out, and a pager for a picture."""
    await at.slack.chat.post(post(speaker="Avery\u202e Kim\n· pager"))
    (message,) = await at.messages()
    assert message["username"] == "Avery Kim · pager"
    assert "pager" in str(message["icons"])


async def test_a_linked_person_has_their_picture(stage: Stage) -> None:
    """If Slack keeps it; an address from elsewhere is not used."""
    for picture in ("https://avatars.slack-edge.com/1.png", "https://evil.example/1.png"):
        user = ChatUserId(f"U{len(stage.script.came)}")
        described = {"id": user, "team_id": "T0ACME", "profile": {"image_72": picture}}
        stage.script.on("users.info", ok(user=described))
        await stage.slack.chat.post(post(speaker="Avery", speaker_user=user))
    first, second = stage.script.bodies("chat.postMessage")
    assert first["icon_url"] == "https://avatars.slack-edge.com/1.png"
    assert second["icon_emoji"] == ":pager:"


async def test_without_the_scope_a_reply_begins_with_the_name(stage: Stage) -> None:
    """Less pretty, as clear; Slack is not asked for the name again."""
    stage.script.on("chat.postMessage", no("missing_scope"), ok(channel="C0OPS", ts="1.1"))
    for _ in range(2):
        await stage.slack.chat.post(post(speaker="Avery Kim"))
    refused, first, second = stage.script.bodies("chat.postMessage")
    assert "username" in refused
    for sent in (first, second):
        assert "username" not in sent
        assert sent["text"] == "Avery Kim · pager: hello"
        assert sent["blocks"][0]["text"]["text"] == "*Avery Kim · pager*"


async def test_a_missing_scope_for_posting_is_no_matter_of_names(stage: Stage) -> None:
    """It is refused, not tried again and again."""
    stage.script.on("chat.postMessage", no("missing_scope"))
    with pytest.raises(ChatRefusedError) as caught:
        await stage.slack.chat.post(post())
    assert caught.value.reason is ChatRefusal.PERMISSION
    assert len(stage.script.bodies("chat.postMessage")) == 1


# --- refused drawings --------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_a_refused_drawing_is_said_in_words(stage: Stage, code: str) -> None:
    """Once: a person is told something rather than nothing, and we hear of our bug."""
    stage.script.on("chat.postMessage", no(code), ok(channel="C0OPS", ts="1.1"))
    assert (await stage.slack.chat.post(post())).message == "1.1"
    drawn, bare = stage.script.bodies("chat.postMessage")
    assert "blocks" in drawn
    assert (bare["text"], "blocks" in bare) == ("hello", False)
    assert stage.log.facts("slack.drawing_refused") == [{"vendor_code": code}]


async def test_words_that_are_refused_too_are_refused(stage: Stage) -> None:
    """No second fallback, no loop."""
    stage.script.on("chat.postMessage", no("no_text"))
    with pytest.raises(ChatRefusedError) as caught:
        await stage.slack.chat.post(post())
    assert caught.value.reason is ChatRefusal.BAD_MESSAGE
    assert len(stage.script.bodies("chat.postMessage")) == 2


# --- pace --------------------------------------------------------------------------------------


async def test_a_channel_is_written_to_at_slacks_pace(stage: Stage) -> None:
    """A burst goes at once, then one a second; who would wait longer is told when to come."""
    for _ in range(3):
        await stage.slack.chat.post(post())
    assert stage.clock.slept == []
    await stage.slack.chat.post(post())
    assert stage.clock.slept == [1.0]


async def test_who_would_wait_long_comes_back_later() -> None:
    """A second is waited, not more; other channels go on meanwhile (landmine 6)."""
    clock = StillClock()
    pace = Pace(clock)
    for number in range(4):
        await pace.enter("C0OPS", number)
    with pytest.raises(ChatThrottledError) as caught:
        await pace.enter("C0OPS", 4)
    assert caught.value.retry_at == clock.now() + timedelta(seconds=2)
    await pace.enter("C0DBA", 5)
    clock.move(2)
    await pace.enter("C0OPS", 4)
    assert clock.slept == [1.0]


async def test_who_waits_for_a_channel_comes_back_one_by_one() -> None:
    """Each at a time of their own and in order; nobody who comes later goes before them."""
    clock = StillClock()
    pace, begun = Pace(clock), clock.now()
    for number in range(4):
        await pace.enter("C0OPS", number)
    turns = {number: await turn_of(pace, number) for number in range(4, 104)}
    assert list(turns.values()) == [begun + timedelta(seconds=n) for n in range(2, 102)]
    assert await turn_of(pace, 50) == turns[50]
    for number, turn in turns.items():
        clock.set(turn)
        await pace.enter("C0OPS", number)
        if number == 60:
            assert await turn_of(pace, "late") == begun + timedelta(seconds=102)
    assert clock.slept == [1.0]


async def test_a_turn_that_nobody_takes_holds_up_nobody_for_long() -> None:
    """A page was taken back meanwhile; what comes later is written all the same."""
    clock = StillClock()
    pace = Pace(clock)
    for number in range(4):
        await pace.enter("C0OPS", number)
    await turn_of(pace, "taken back")
    clock.move(33)
    await pace.enter("C0OPS", "later")
    assert clock.slept == [1.0]


async def turn_of(pace: Pace, who: object) -> datetime:
    """Hear when to come."""
    with pytest.raises(ChatThrottledError) as caught:
        await pace.enter("C0OPS", who)
    assert caught.value.retry_at is not None
    return caught.value.retry_at


class StillClock(SkippingClock):
    """Moves only by hand: as if all these calls came at one moment."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("7", 7),
        ("0", 1),
        ("-1", 30),
        ("1000000000", 30),
        ("999999999", 3600),
        ("soon", 30),
        ("", 30),
    ],
)
async def test_an_odd_pause_is_bounded(stage: Stage, header: str, pause_s: int) -> None:
    """Neither for ever nor not at all (T33)."""
    stage.script.on(
        "chat.postMessage",
        says({"ok": False, "error": "ratelimited"}, 429, **{"Retry-After": header}),
    )
    with pytest.raises(ChatThrottledError) as caught:
        await stage.slack.chat.post(post())
    assert caught.value.retry_at == stage.clock.now() + timedelta(seconds=pause_s)
    with pytest.raises(ChatThrottledError):
        await stage.slack.chat.post(post())
    assert len(stage.script.bodies("chat.postMessage")) == 1


# --- odd answers -------------------------------------------------------------------------------


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        try:
            await response.write(b" " * 65_536)
        except ConnectionError:
            return response


async def truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": "99"}
    )
    await response.prepare(request)
    await response.write(b'{"ok": true')
    if request.transport is not None:
        request.transport.close()
    return response


def raw(body: bytes, content_type: str = "application/json", status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, status=status)

    return answer


async def redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("/api/elsewhere")


@pytest.mark.parametrize(
    "answer",
    [
        endless,
        truncated,
        redirect,
        raw(b"<html>Server Error</html>", "text/html", 503),
        raw(b"<html>Login</html>", "text/html"),
        raw(b"not json"),
        raw(b'"ok"'),
        raw(b"[1]"),
        raw(b"null"),
        raw(b"ok", "text/plain"),
        raw(b"[" * 100_000),
        raw(b'{"ok": true, "ts": '),
        raw(b"\xff\xfe"),
        ok(),
        ok(channel="C0OPS", ts=1.5),
        ok(channel="C0OPS", ts=None),
        no("internal_error"),
        no("fatal_error"),
        says({"ok": False}),
        says({"ok": False, "error": 7}),
        says({"ok": True, "ts": "1.1"}, status=500),
        says({}, status=502),
    ],
)
async def test_an_answer_that_cannot_be_read_leaves_the_post_unknown(
    stage: Stage, answer: Answer
) -> None:
    """It may stand in the channel: look before sending again. It is sent once (F4, T33)."""
    stage.script.on("chat.postMessage", answer)
    stage.script.on("elsewhere", ok(channel="C0OPS", ts="1.1"))
    with pytest.raises(ChatOutcomeUnknownError):
        await stage.slack.chat.post(post())
    assert len(stage.script.bodies("chat.postMessage")) == 1
    assert stage.script.bodies("elsewhere") == []


async def test_silence_is_not_waited_for() -> None:
    """A call ends after its time, unknown, and the post was made once."""
    async with scripted(timeout_s=0.2) as stage:

        async def never(_: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            raise AssertionError

        stage.script.on("chat.postMessage", never)
        with pytest.raises(ChatOutcomeUnknownError):
            await stage.slack.chat.post(post())
        assert len(stage.script.bodies("chat.postMessage")) == 1


async def test_what_may_be_repeated_never_ends_unknown(stage: Stage) -> None:
    """An edit or a sign whose answer is lost is simply tried again."""
    for method in ("chat.update", "reactions.add"):
        stage.script.on(method, raw(b"not json"))
    edit = ChatEdit(ACME, OPS, ChatMessageId("1.1"), HELLO, "m")
    with pytest.raises(ChatUnavailableError):
        await stage.slack.chat.update(edit)
    with pytest.raises(ChatUnavailableError):
        await stage.slack.chat.react(
            ChatThread(ACME, OPS, ChatMessageId("1.1")), ChatMessageId("1.1"), "✅"
        )


async def test_nobody_listening_is_no_unknown() -> None:
    """Before a byte left, nothing can have happened."""
    async with scripted(api_url="http://127.0.0.1:9/api/") as nowhere:
        with pytest.raises(ChatUnavailableError):
            await nowhere.slack.chat.post(post())


async def test_a_long_thread_is_read_to_its_end(stage: Stage) -> None:
    """The post is looked for on every page; an unreadable page proves nothing."""
    mark = {"event_type": "pager_gateway", "event_payload": {"marker": "pg_7K2M:1"}}
    stage.script.on(
        "conversations.history",
        ok(messages=[{"ts": "9.1", "metadata": mark}], response_metadata={"next_cursor": "b"}),
        ok(messages=[{"ts": "8.1", "bot_id": "B0PAGER", "metadata": mark}, None, 7]),
    )
    found = await stage.slack.chat.find_post(post(), stage.clock.now())
    assert found is not None
    assert found.message == "8.1"
    first, second = stage.script.bodies("conversations.history")
    assert (first["oldest"], first["include_all_metadata"]) == ("1772366400.000000", "true")
    assert second["cursor"] == "b"


async def test_a_thread_without_end_proves_nothing(stage: Stage) -> None:
    """It is not absent only because we stopped reading."""
    stage.script.on(
        "conversations.history", ok(messages=[], response_metadata={"next_cursor": "b"})
    )
    with pytest.raises(ChatError):
        await stage.slack.chat.find_post(post(), stage.clock.now())


# --- private ways ------------------------------------------------------------------------------


async def test_an_answer_address_tells_where_we_may_not_speak(at: Desk) -> None:
    """In a private channel without the bot, the command itself brings an address, four times."""
    await at.types("/page dba hello", user=CASEY, channel=BOARD)
    whisper = ChatWhisper(ACME, CASEY, BOARD, Content("Sent."))
    places = [(await at.slack.chat.whisper(whisper)).place for _ in range(5)]
    assert places == ["answer"] * 4 + ["direct"]
    assert [one["text"] for one in await at.private(CASEY)] == ["Sent."] * 4


async def test_an_answer_address_grows_old(at: Desk) -> None:
    """After 29 minutes a direct message is surer."""
    await at.types("/page dba hello", user=CASEY, channel=BOARD)
    at.clock.move(29 * 60)
    whisper = ChatWhisper(ACME, CASEY, BOARD, Content("Sent."))
    assert (await at.slack.chat.whisper(whisper)).place == "direct"


async def test_a_used_up_address_leads_on(at: Desk) -> None:
    """Slack's own refusal of it is not the end of the line."""
    await at.types("/page dba hello", user=CASEY, channel=BOARD)
    await at.fault("expire_response_url")
    whisper = ChatWhisper(ACME, CASEY, BOARD, Content("Sent."))
    assert (await at.slack.chat.whisper(whisper)).place == "direct"


async def test_nobodys_answer_is_told_to_somebody_else(at: Desk) -> None:
    """An address belongs to one person in one place."""
    await at.types("/page dba hello", user=CASEY, channel=BOARD)
    whisper = ChatWhisper(ACME, DANA, BOARD, Content("Sent."))
    assert (await at.slack.chat.whisper(whisper)).place == "direct"


async def test_an_unknown_whisper_is_not_told_twice(stage: Stage) -> None:
    """Only a refusal leads to the next way."""
    stage.script.on("chat.postEphemeral", raw(b"not json"))
    with pytest.raises(ChatOutcomeUnknownError):
        await stage.slack.chat.whisper(ChatWhisper(ACME, DANA, OPS, HELLO))
    assert stage.script.bodies("chat.postMessage") == []


ALLOWED = (
    "https://hooks.slack.com/commands/T0A1/1/x",
    "https://hooks.slack.com/actions/T0A1/1/x?y=1",
    "https://hooks.slack-gov.com/app/T0A1/1/x",
)
HOSTS = (
    "hooks.slack.com.evil.example",
    "hooks.slack.com@evil.example",
    "hooks.slack.com:443@evil.example",
    "hooks.slack.com:80",
    "hooks.slack.com:443",
    "hooks.slack.com.",
    "HOOKS.SLACK.COM",
    "xhooks.slack.com",
    "hooks-slack.com",
    "hooks.slack.co",
    "hooks.slack.comm",
    "slack.com",
    "api.slack.com",
    "evil.example",
    "evil.example#hooks.slack.com",
    "evil.example?hooks.slack.com",
    "user@hooks.slack.com",
    "user:pass@hooks.slack.com",
    "hooks.slack.com\\evil.example",
    "hooks.slack.com%2eevil.example",
    "hooks。slack。com",
    "hооks.slack.com",  # noqa: RUF001 - look-alikes are the point
    "127.0.0.1",
    "localhost",
    "[::1]",
    "169.254.169.254",
    "0x7f000001",
    "2130706433",
    "",
    " hooks.slack.com",
    "hooks.slack.com ",
    "hooks.slack.com\t",
    "hooks.slack.com\n",
)
SCHEMES = ("https", "http", "HTTPS", "ftp", "file", "javascript", "//", "")
FORBIDDEN = (
    *(f"{scheme}://{host}/services/x" for scheme in SCHEMES for host in HOSTS),
    "https:hooks.slack.com/x",
    "https:/hooks.slack.com/x",
    "https:///hooks.slack.com/x",
    "http://hooks.slack.com/x",
    " https://hooks.slack.com/x",
    "https://hooks.slack.com",
    "https://hooks.slack.com/\n@evil.example",
    "https://hooks.slack.com/\\@evil.example",
)


def test_only_slacks_own_addresses_are_answered() -> None:
    """Even from a signed request (T8): the address table of our own."""
    assert len(FORBIDDEN) >= 200
    assert all(is_answer_address(url, "https://slack.com/api/") for url in ALLOWED)
    assert [url for url in FORBIDDEN if is_answer_address(url, "https://slack.com/api/")] == []


@settings(deadline=None)
@given(st.text() | st.sampled_from(HOSTS).map(lambda host: f"https://{host}/x"))
def test_a_configured_address_allows_nothing_but_itself(url: str) -> None:
    """A simulator's origin is allowed, exactly."""
    assert not is_answer_address(url, "http://127.0.0.1:8080/api/")
    assert is_answer_address("http://127.0.0.1:8080/commands/T/1/x", "http://127.0.0.1:8080/api/")
    assert not is_answer_address("http://127.0.0.1:80801/x", "http://127.0.0.1:8080/api/")


async def test_an_address_from_elsewhere_is_never_called() -> None:
    """It is not even kept; a spy at the socket hears nothing."""
    async with scripted() as spy, aiohttp.ClientSession() as session:
        addresses = AnswerAddresses(session, SkippingClock(), "https://slack.com/api/")
        spy.script.on("x", ok())
        addresses.keep(DANA, OPS, f"{spy.url}hooks/x")
        with pytest.raises(ChatRefusedError):
            await addresses.say(DANA, OPS, {"text": "x"})
        assert spy.script.came == []


async def test_an_answer_is_not_redirected(stage: Stage) -> None:
    """Not even by Slack's own address."""
    stage.script.on("x", redirect)
    stage.script.on("elsewhere", ok())
    async with aiohttp.ClientSession() as session:
        addresses = AnswerAddresses(session, SkippingClock(), f"{stage.url}api/")
        addresses.keep(DANA, OPS, f"{stage.url}commands/x")
        with pytest.raises(ChatRefusedError):
            await addresses.say(DANA, OPS, {"text": "x"})
    assert stage.script.bodies("elsewhere") == []
