"""Paging over HTTP: what programs are answered, and what becomes of their pages."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from gateway.bootstrap.api import Tokens, api_routes
from gateway.domain.directory import ExtensionStatus
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.services.limits import PerMinute
from gateway.services.orders import Orders
from gateway.text.words import Words
from gateway.web.api import BODY_MOST
from gateway.web.app import PublicDoors, public_app
from gateway.web.openapi import openapi_json
from tests.services.acme import BO, DBA, button, running_acme
from tests.web.api_doors import (
    CI,
    DESK,
    FAST,
    NURSE,
    PAGES,
    QUEUE,
    ApiWorld,
    api_world,
    serving,
    settings,
)

KEPT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture
async def api() -> AsyncIterator[ApiWorld]:
    async with api_world() as world:
        yield world


# --- the description ---------------------------------------------------------------------------


def test_the_kept_description_is_the_served_one() -> None:
    """`python -m gateway.web.openapi` made the committed file; a changed model must change it."""
    assert KEPT.read_text(encoding="utf-8") == openapi_json()


async def test_without_a_client_there_is_no_such_route() -> None:
    """Neither pages nor a description of them."""
    async with running_acme() as acme:
        routes = api_routes(
            acme.core.orders, Tokens(settings(), acme.clock), Words.load(), acme.ears
        )
        app = public_app(PublicDoors(api=routes), acme.ears)
        async with serving(app) as url, aiohttp.ClientSession() as http:
            for path in (PAGES, f"{PAGES}/pg_0001", "/api/v1/openapi.json"):
                async with http.post(url + path) as got:
                    assert (got.status, await got.read()) == (404, b"")


# --- a page and its end ------------------------------------------------------------------------


async def test_a_page_is_accepted_sent_and_reported(api: ApiWorld) -> None:
    """202 with the reference and where to ask; the pager text says whose words they are."""
    got = await api.order("dba", "102", text="Disk is 95% full")
    ref = got.json["ref"]
    assert got.status == 202
    assert got.headers["Location"] == f"{PAGES}/{ref}"
    assert got.json["to"] == ["400", "102"]
    assert (await api.look(ref)).json["state"] == "sending"
    await api.acme.work()
    assert api.acme.sent() == [f"ci via API: Disk is 95% full {ref}"]
    report = (await api.look(ref)).json
    assert (report["state"], report["message"]) == ("sent", "Sent.")
    assert report["parts"] == [{"part": 1, "state": "sent", "attempts": 1}]
    assert report["to"][0] == {"number": "400", "name": "DBA", "kind": "department", "reaches": 3}


async def test_what_the_pager_refuses_is_told_in_the_words_people_get(api: ApiWorld) -> None:
    """With the code for programs, and what to do about it."""
    ref = (await api.order("Casey Diaz")).json["ref"]
    await api.acme.work()
    report = (await api.look(ref)).json
    assert (report["state"], report["code"]) == ("refused", "pager.recipient_unavailable")
    assert report["message"] == "Not sent. Extension 103 (Casey Diaz) is frozen in RingCentral."
    assert "ask a phone admin to unfreeze extension 103" in report["next"]
    assert ref in api.acme.alarms()[-1]


async def test_a_page_that_waits_says_for_what(api: ApiWorld) -> None:
    """And is not to be sent again."""
    api.acme.pager.fail_next(PagerUnavailableError())
    ref = (await api.order("102")).json["ref"]
    await api.acme.step()
    report = (await api.look(ref)).json
    assert (report["state"], report["code"]) == ("waiting", "pager.unavailable")
    assert "You don't need to resend" in report["next"]


async def test_a_lost_answer_is_never_a_second_page(api: ApiWorld) -> None:
    """The page was taken: it is unsure until it is found, and nobody is asked meanwhile."""
    api.acme.pager.lose_next()
    ref = (await api.order("102")).json["ref"]
    await api.acme.step()
    assert (await api.look(ref)).json["state"] == "unsure"
    await api.acme.pass_time(60)
    assert (await api.look(ref)).json["state"] == "sent"
    assert len(api.acme.sent()) == 1


async def test_what_nobody_can_find_out_waits_for_an_operator(api: ApiWorld) -> None:
    """Held, told in the operators' channel, and shown nowhere else."""
    api.acme.pager.lose_next()
    ref = (await api.order("102")).json["ref"]
    await api.acme.step()
    api.acme.pager.unreadable = PagerUnavailableError()
    await api.acme.pass_time(600)
    report = (await api.look(ref)).json
    assert (report["state"], report["code"]) == ("held", "pager.outcome_unknown")
    assert len(api.acme.alarms()) == 1
    assert {m.channel for m in api.acme.chat.posted} == {"C0ALARMS"}


async def test_long_texts_go_out_in_parts_only_when_asked_to(api: ApiWorld) -> None:
    """Otherwise the length is told, and nothing is sent."""
    got = await api.order("102", text="word " * 400, key="long")
    assert (got.status, got.code) == (422, "page.too_long")
    assert got.error["fields"][0]["field"] == "text"
    assert "split" in got.error["next"]
    taken = await api.order("102", text="word " * 400, key="long", split=True)
    assert (taken.status, taken.json["parts"]) == (202, 2)
    await api.acme.work()
    parts = (await api.look(taken.json["ref"])).json["parts"]
    assert [part["state"] for part in parts] == ["sent", "sent"]


async def test_people_go_before_programs(api: ApiWorld) -> None:
    """However many pages of a program wait, somebody who typed one does not stand behind them."""
    for number in range(5):
        await api.order("102", text=f"job {number} ended")
    await api.acme.page("101 Call me")
    await api.acme.step()
    assert "Call me" in api.acme.sent()[0]


async def test_replies_are_counted_where_no_channel_shows_them(api: ApiWorld) -> None:
    """Nothing is written into any chat."""
    ref = (await api.order("102")).json["ref"]
    await api.acme.work()
    api.acme.phone("102", "On my way")
    await api.acme.read()
    report = (await api.look(ref)).json
    assert (report["replies"], report["last_reply_from"]) == (1, "Bo Chen")
    assert api.acme.chat.posted == []


# --- shown in Slack ----------------------------------------------------------------------------


async def test_a_page_may_be_shown_in_a_channel(api: ApiWorld) -> None:
    """Its status message says which program paged; replies from the pager appear below it."""
    ref = (await api.order("102", channel=DBA)).json["ref"]
    await api.acme.work()
    assert (await api.acme.status(ref)).text.startswith("ci paged Bo Chen\n")
    api.acme.phone("102", "On my way")
    await api.acme.read()
    assert [m.text for m in await api.acme.shown(ref)] == ["On my way"]
    page = await api.acme.seen(ref)
    await api.acme.reply(page, "thanks", by=BO)
    await api.acme.work()
    assert api.acme.sent("Bo Chen via Slack: thanks")


async def test_a_refusal_is_shown_where_the_page_would_be(api: ApiWorld) -> None:
    """People in the channel hear that nobody was paged; there is nobody to press buttons for."""
    ref = (await api.order("103", channel=DBA)).json["ref"]
    await api.acme.work()
    assert (await api.acme.status(ref)).channel == DBA
    (told,) = await api.acme.shown(ref)
    assert "Casey Diaz" in told.text
    assert api.acme.chat.told == []


async def test_people_in_the_channel_decide_what_nobody_could_find_out(api: ApiWorld) -> None:
    """Whoever may page there may say that it was sent, or have it sent again."""
    api.acme.pager.lose_next()
    ref = (await api.order("102", channel=DBA)).json["ref"]
    await api.acme.step()
    api.acme.pager.unreadable = PagerUnavailableError()
    await api.acme.pass_time(600)
    assert (await api.look(ref)).json["state"] == "held"
    status = await api.acme.status(ref)
    await api.acme.press(button(status.content, "Mark as sent"), by=BO)
    await api.acme.work()
    assert (await api.look(ref)).json["state"] == "sent"
    assert len(api.acme.sent()) == 1


async def test_a_channel_that_was_not_given_to_the_client_is_refused(api: ApiWorld) -> None:
    """In words, and with the field's name."""
    got = await api.order("102", channel="C0OPS")
    assert (got.status, got.code) == (403, "policy.denied")
    assert got.error["fields"][0]["field"] == "channel"
    assert "channel" in got.error["message"]


# --- who may what ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong-token-0123456789"},
        {"Authorization": f"Basic {CI}"},
        {"Authorization": f"Bearer {CI} {CI}"},
        {"Authorization": f"Bearer {CI[:-1]}"},
        {"Authorization": "Bearer \u00e9t\u00e9"},
    ],
)
async def test_who_is_not_known_learns_nothing(api: ApiWorld, headers: dict[str, str]) -> None:
    """One answer for every reason, before anything of the request is looked at."""
    answers = [
        await api.send(b"{not json", headers=headers),
        await api.call("GET", f"{PAGES}/pg_0001", headers=headers),
    ]
    (one,) = {(a.status, a.text, a.headers["WWW-Authenticate"]) for a in answers}
    assert one[0] == 401
    assert json.loads(one[1])["error"]["code"] == "api.unauthorized"
    assert CI not in one[1]


async def test_two_tokens_in_one_request_are_none(api: ApiWorld) -> None:
    """Two readers must not see two values."""
    headers = CIMultiDict([("Authorization", f"Bearer {t}") for t in (CI, CI)])
    assert (await api.call("GET", f"{PAGES}/pg_0001", headers=headers)).status == 401


async def test_a_client_pages_whom_it_may(api: ApiWorld) -> None:
    """A department stands for itself, not for each of its members."""
    assert (await api.order("DBA", "Sam Smith", token=NURSE)).status == 202
    got = await api.order("DBA", "101", token=NURSE)
    assert (got.status, got.code) == (403, "policy.denied")
    assert got.error["fields"][0]["field"] == "to[1]"
    assert got.error["next"]


async def test_a_client_cannot_ask_the_directory_about_others(api: ApiWorld) -> None:
    """Whom it may not page and who is not there are answered alike; choices are among its own."""
    there = await api.order("Avery Kim", token=NURSE)
    absent = await api.order("Nobody At All", token=NURSE)
    assert (there.status, there.text) == (absent.status, absent.text)
    which = await api.order("Sam", token=NURSE)
    assert [c["number"] for c in which.error["choices"]] == ["214"]


async def test_names_that_fit_several_people_are_answered_with_the_choices(api: ApiWorld) -> None:
    """Nobody is paged who was not named."""
    got = await api.order("102", "Sam")
    assert (got.status, got.code) == (422, "recipient.ambiguous")
    assert got.error["fields"][0]["field"] == "to[1]"
    assert got.error["choices"] == [
        {"number": "214", "name": "Sam Smith", "kind": "person"},
        {"number": "231", "name": "Sam Smyth", "kind": "person"},
    ]
    unknown = await api.order("avry kin")
    assert (unknown.status, unknown.code) == (422, "recipient.unknown")
    assert [c["name"] for c in unknown.error["choices"]] == ["Avery Kim"]
    await api.acme.work()
    assert api.acme.sent() == []


async def test_a_client_may_have_a_sender_of_its_own(api: ApiWorld) -> None:
    """The operator's choice; while that extension is inactive, nothing is taken."""
    await api.order("102", token=DESK)
    await api.acme.work()
    (accepted,) = api.acme.pager.accepted
    assert (accepted.sender, accepted.text.partition(":")[0]) == ("104", "desk via API")
    api.acme.pager.set_status(ExtensionNumber("104"), ExtensionStatus.FROZEN)
    await api.acme.directory.refresh()
    got = await api.order("102", token=DESK)
    assert (got.status, got.code) == (422, "author.inactive")


async def test_who_asked_stands_in_the_trail(api: ApiWorld) -> None:
    """By the client's name, and never what was written."""
    ref = (await api.order("102", text="s3cret words")).json["ref"]
    (record,) = await api.acme.store.audit_newest(10, ref)
    assert (record.who, record.origin) == ("ci", "api")
    assert "s3cret" not in str(record)


async def test_a_department_sends_for_no_client(api: ApiWorld) -> None:
    """RingCentral would refuse it and tell its manager, so it is not even tried."""
    got = await api.order("102", token=QUEUE)
    assert (got.status, got.code) == (422, "pager.sender_is_department")


async def test_permission_is_judged_again_when_sending(api: ApiWorld) -> None:
    """A client that lost its right while its page waited sends nothing, and is told."""
    ref = (await api.order("102")).json["ref"]
    orders = api.acme.core.orders
    assert isinstance(orders, Orders)
    kept = dict(orders.clients.known)
    orders.clients.known.pop("ci")  # type: ignore[attr-defined] # as other settings would say
    await api.acme.work()
    orders.clients.known.update(kept)  # type: ignore[attr-defined] # as above
    assert api.acme.sent() == []
    assert (await api.look(ref)).json["code"] == "policy.denied"


async def test_a_page_is_read_by_who_asked_for_it(api: ApiWorld) -> None:
    """To every other client, and for pages of people, it is not there."""
    ref = (await api.order("102")).json["ref"]
    persons = (await api.acme.page("102 Call me")).ref
    absent = await api.look("pg_9999")
    for other in (
        await api.look(ref, NURSE),
        await api.look(persons),
        await api.look("..%2f"),
        await api.look("%00"),
    ):
        assert (other.status, other.text) == (404, absent.text)


# --- nothing is sent twice -----------------------------------------------------------------------


async def test_a_repeat_gets_the_same_answer(api: ApiWorld) -> None:
    """Byte for byte, however the JSON was written, and whatever became of the page meanwhile."""
    body = {"to": ["102"], "text": "Call me"}
    first = await api.send(body, key="k")
    await api.acme.work()
    again = await api.send(json.dumps(body, indent=3, sort_keys=True).encode(), key="k")
    assert (first.status, first.text) == (again.status, again.text)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(api.acme.sent()) == 1


async def test_twenty_equal_requests_at_once_are_one_page(api: ApiWorld) -> None:
    """Each gets the answer."""
    answers = await asyncio.gather(*(api.order("102", key="same") for _ in range(20)))
    assert {a.status for a in answers} == {202}
    assert len({a.text for a in answers}) == 1
    await api.acme.work()
    assert len(api.acme.sent()) == 1


async def test_another_replica_that_was_faster_gives_its_answer(api: ApiWorld) -> None:
    """The database decides who is first, not this process."""
    orders = api.acme.core.orders
    assert isinstance(orders, Orders)
    answers: list[str] = []

    async def other_replica() -> None:
        orders._locks.clear()  # a white-box look: what this process holds, the other does not
        answers.append((await api.order("102", key="same")).text)

    api.acme.disk.before_write.append(other_replica)
    assert (await api.order("102", key="same")).text == answers[0]
    await api.acme.work()
    assert len(api.acme.sent()) == 1


async def test_a_key_stands_for_one_page(api: ApiWorld) -> None:
    """Another body under it is refused; another client's key is its own."""
    await api.order("102", key="k")
    other = await api.order("102", text="Something else", key="k")
    assert (other.status, other.code) == (422, "api.key_reused")
    assert other.error["fields"][0]["field"] == "Idempotency-Key"
    assert (await api.order("214", key="k", token=NURSE)).status == 202


async def test_what_was_not_taken_leaves_its_key_free(api: ApiWorld) -> None:
    """A name that was wrong can be put right."""
    assert (await api.order("Sam", key="k")).status == 422
    assert (await api.order("Sam Smith", key="k")).status == 202


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "api.key_missing"), ("a b", "api.key_unusable"), ("x" * 256, "api.key_unusable")],
)
async def test_a_page_needs_a_key(api: ApiWorld, key: str, code: str) -> None:
    """Who sends without one cannot repeat safely, so it is refused before anything happens."""
    headers = {"Idempotency-Key": key}
    got = await api.send({"to": ["102"], "text": "x"}, headers=headers)
    assert (got.status, got.code) == (400, code)


async def test_a_database_that_is_away_asks_to_come_again(api: ApiWorld) -> None:
    """With the same key: nothing was taken."""
    api.acme.disk.lost_writes = 1
    got = await api.order("102", key="k")
    assert (got.status, got.code, got.headers["Retry-After"]) == (503, "gateway.not_recorded", "5")
    assert (await api.order("102", key="k")).status == 202


# --- limits --------------------------------------------------------------------------------------


async def test_a_client_that_asks_too_often_is_told_when_to_come_again(api: ApiWorld) -> None:
    """Repeats do not count; after the time said it may."""
    for number in range(3):
        assert (await api.order("102", token=FAST, key=f"k{number}")).status == 202
    assert (await api.order("102", token=FAST, key="k0")).status == 202
    got = await api.order("102", token=FAST, key="k3")
    assert (got.status, got.code) == (429, "api.too_many")
    assert int(got.headers["Retry-After"]) == got.error["retry_after_s"] == 60
    assert (await api.order("102")).status == 202
    api.acme.clock.move(60)
    assert (await api.order("102", token=FAST, key="k3")).status == 202


async def test_limits_of_the_company_hold_for_programs() -> None:
    """429 as well, with when to come again; the key stays free."""
    async with api_world(house={"limits": PerMinute(department=1)}) as api:
        assert (await api.order("DBA")).status == 202
        got = await api.order("DBA", key="again")
        assert (got.status, got.code) == (429, "page.too_many")
        assert int(got.headers["Retry-After"]) == got.error["retry_after_s"] == 60
        assert got.error["message"].startswith("Not sent. DBA gets at most one page or reply")
        assert (await api.order("102")).status == 202
        api.acme.clock.move(60)
        assert (await api.order("DBA", key="again")).status == 202


# --- bodies --------------------------------------------------------------------------------------


async def test_a_body_that_is_not_json_is_told_where(api: ApiWorld) -> None:
    """By line and column, without a word of what stood there."""
    got = await api.send(b'{"to": ["102"],\n "text": s3cret}')
    assert (got.status, got.code) == (400, "api.json")
    assert got.error["position"] == {"line": 2, "column": 10}
    assert "s3cret" not in got.text


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"to": ["102"], "text": "x", "urgent": 1}, "urgent", "no such field"),
        ({"to": ["102"]}, "text", "required"),
        ({"to": [102], "text": "x"}, "to[0]", "string"),
        ({"to": "102", "text": "x"}, "to", "list"),
        ({"to": [], "text": "x"}, "to", "at least 1"),
        ({"to": ["102"] * 101, "text": "x"}, "to", "at most 100"),
        ({"to": ["x" * 81], "text": "x"}, "to[0]", "at most 80"),
        ({"to": ["102"], "text": "x" * 20_001}, "text", "at most 20,000"),
        ({"to": ["102"], "text": "x", "split": "yes"}, "split", "true or false"),
        (["102"], ".", "object"),
    ],
)
async def test_every_field_that_does_not_fit_is_named(
    api: ApiWorld, body: object, field: str, says: str
) -> None:
    """With what it needs."""
    got = await api.send(body)
    assert (got.status, got.code) == (422, "api.body")
    (told,) = got.error["fields"]
    assert told["field"] == field
    assert says in told["message"]


async def test_a_page_without_words_is_none(api: ApiWorld) -> None:
    """Nor is one of characters that no pager shows."""
    for blank in (" \n ", "\u200b\u0007"):
        assert (await api.order("102", text=blank)).code == "page.no_words"


async def test_only_plain_json_is_read(api: ApiWorld) -> None:
    """Of any size a page can have."""
    page = {"to": ["102"], "text": "x"}
    form = await api.send(page, headers={"Content-Type": "text/plain"})
    packed = await api.send(page, headers={"Content-Encoding": "gzip"})
    assert [(a.status, a.code) for a in (form, packed)] == [(415, "api.media_type")] * 2
    large = await announced(api, BODY_MOST + 1)
    assert b" 413 " in large
    assert b'"code":"api.too_large"' in large


async def announced(api: ApiWorld, length: int) -> bytes:
    """Announce a body, and see what is answered before any of it is sent."""
    address = URL(api.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"""POST {PAGES} HTTP/1.1
Host: x
Authorization: Bearer {CI}
Idempotency-Key: k
Content-Type: application/json
Content-Length: {length}

"""
    writer.write(head.replace("\n", "\r\n").encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_other_methods_are_told_which_one(api: ApiWorld) -> None:
    """In the form of this API."""
    got = await api.call("PUT", PAGES, b"{}")
    assert (got.status, got.code, got.headers["Allow"]) == (405, "api.method", "POST")
    assert (await api.call("DELETE", f"{PAGES}/pg_1")).headers["Allow"] == "GET"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("102")
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
FIELDS = st.sampled_from(["to", "text", "channel", "split", "from", ""])
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(FIELDS, VALUES).map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"to": st.lists(st.text(max_size=9) | st.just("102")), "text": st.text()},
        optional={"split": st.booleans(), "channel": st.text(max_size=9)},
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(1, 60_000).map(lambda depth: b'{"to":' + b"[" * depth),
)


@given(body=BODIES)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_breaks_the_server(api: ApiWorld, body: bytes) -> None:
    """Whatever comes is taken or refused in words, and the refusal is the caller's to mend."""
    got = await api.send(body)
    assert got.status in {202, 400, 403, 422, 429}
    assert api.acme.ears.events("request.crashed") == []


# --- what is not said ----------------------------------------------------------------------------


async def test_neither_tokens_nor_words_reach_the_log(api: ApiWorld) -> None:
    """Events name the client, the page and the code."""
    await api.order("102", text="s3cret words")
    await api.order("Sam", text="s3cret words")
    heard = str(api.acme.ears.heard)
    assert CI not in heard
    assert "s3cret" not in heard
    assert [e["error_code"] for e in api.acme.ears.events("api.answered")] == [
        "",
        "recipient.ambiguous",
    ]
