"""Answers as RingCentral gives them, odd and hostile ones; and what we send, by its schema."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from pydantic import BaseModel, SecretStr, ValidationError
from ruamel.yaml import YAML

from adapters.pager.ringcentral import (
    LinkedPerson,
    RingCentralPager,
    RingCentralSettings,
    open_ringcentral,
)
from adapters.pager.ringcentral.client import every_page
from adapters.pager.ringcentral.pager import _list_call
from adapters.pager.ringcentral.settings import Rates, Timeouts
from gateway.domain.directory import ExtensionKind, ExtensionStatus
from gateway.domain.errors import (
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerUnavailableError,
)
from gateway.domain.ids import ExtensionNumber, PagerMessageId
from gateway.ports.pager import OutgoingPage, OutgoingReply
from tests.adapters.ringcentral.surroundings import (
    Ears,
    Memory,
    Scripted,
    SeededIds,
    real_time,
    said,
    scripted,
)
from tests.fakes.clock import MovedClock

GATEWAY, AVERY, BO = map(ExtensionNumber, ("101", "102", "103"))
SCHEMA = Path(__file__).parents[2] / "data" / "ringcentral-openapi-subset.yaml"
TOKEN = {"access_token": "a", "token_type": "bearer", "expires_in": 3600, "scope": "x"}

# RingCentral's own sample of an answer to a page: the sender is in `to`, the id is above 2^53.
SENT: dict[str, Any] = {
    "id": 1724099040008,
    "uri": "https://platform.ringcentral.com/restapi/v1.0/account/1/extension/1/message-store/1",
    "to": [
        {"extensionNumber": "102", "extensionId": "850957008", "name": "Dana Lee"},
        {"extensionNumber": "101", "extensionId": "400131426008", "name": "Pager Gateway"},
    ],
    "from": {"extensionNumber": "101", "extensionId": "400131426008", "name": "Pager Gateway"},
    "type": "Pager",
    "direction": "Outbound",
    "messageStatus": "Sent",
    "readStatus": "Read",
    "availability": "Alive",
    "subject": "Disk full on db-3",
    "conversationId": 4611686018427387905,
    "conversation": {"id": "4611686018427387905"},
    "creationTime": "2026-03-02T09:15:04.000Z",
    "lastModifiedTime": "2026-03-02T09:15:04.211Z",
}
SINCE = datetime(2026, 3, 2, tzinfo=UTC)


def settings(url: str, **more: Any) -> RingCentralSettings:
    return RingCentralSettings(
        **{
            "server_url": url,
            "client_id": "client",
            "client_secret": SecretStr("secret"),
            "jwt": SecretStr("jwt"),
            "timeouts": Timeouts(total_s=2),
            **more,
        }
    )


class Stage:
    """Our adapter in front of a script; signing in is already done."""

    def __init__(self, script: Scripted) -> None:
        self.script = script
        self.ears = Ears()
        self.clock = real_time()
        self.pager: RingCentralPager

    def answers(self, *bodies: object) -> None:
        """Queue answers, JSON unless they are responses."""
        for body in bodies:
            ready = body if isinstance(body, web.Response) else web.json_response(body)
            self.script.then(ready)

    def sent(self) -> list[Any]:
        """The JSON bodies of what was sent."""
        return [json.loads(body) for *_, body in self.script.requests if body.startswith("{")]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with scripted() as script:
        built = Stage(script)
        people = (LinkedPerson(chat_user="U102", extension="102", jwt=SecretStr("other")),)
        async with open_ringcentral(
            settings(script.url, people=people),
            clock=built.clock,
            ids=SeededIds(),
            vault=Memory(),
            observer=built.ears,
        ) as built.pager:
            built.answers(TOKEN, {"extensionNumber": "101", "name": "Pager Gateway"})
            await built.pager.mailboxes()
            script.requests.clear()
            yield built


async def send(stage: Stage) -> Any:
    return await stage.pager.send(OutgoingPage(GATEWAY, (AVERY,), "Disk full on db-3"))


def synced(*messages: object, **more: object) -> dict[str, object]:
    about = {"syncType": "FSync", "syncToken": "t1", "syncTime": "2026-03-02T09:15:10.500Z", **more}
    return {"records": list(messages), "syncInfo": about}


async def test_ids_beyond_53_bits_stay_whole(stage: Stage) -> None:
    """The conversation's string counts, not its number."""
    stage.answers({**SENT, "conversationId": 4611686018427387904})
    receipt = await send(stage)
    assert (receipt.message, receipt.conversation) == ("1724099040008", "4611686018427387905")
    assert receipt.sent_at == datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)


async def test_a_conversation_without_its_string_is_known_by_its_number(stage: Stage) -> None:
    """And one without either by the message that began it."""
    bare = {key: value for key, value in SENT.items() if key != "conversation"}
    barer = {key: value for key, value in bare.items() if key != "conversationId"}
    stage.answers(bare, barer)
    assert (await send(stage)).conversation == "4611686018427387905"
    assert (await send(stage)).conversation == "1724099040008"


async def test_the_sender_is_no_recipient(stage: Stage) -> None:
    """Participants are from and to, without oneself."""
    stage.answers(synced({**SENT, "direction": "Inbound", "from": SENT["to"][0]}, SENT))
    messages = (await stage.pager.sync(GATEWAY, None, SINCE)).messages
    assert [(message.sender, message.to) for message in messages] == [("101", ("102",))]


async def test_messages_that_are_no_pages_or_no_more_are_skipped(stage: Stage) -> None:
    """Other types, deleted ones with two fields, and nothing else."""
    tombstone = {"id": 7, "availability": "Deleted"}
    stage.answers(synced(tombstone, {"id": 8, "availability": "Purged"}, {**SENT, "type": "SMS"}))
    assert (await stage.pager.sync(GATEWAY, None, SINCE)).messages == ()
    assert stage.ears.events("pager.record_skipped") == []


async def test_one_senseless_record_does_not_stop_the_others(stage: Stage) -> None:
    """Or a mailbox would stand still for ever; it is noted."""
    broken = [{**SENT, "id": [1]}, {**SENT, "creationTime": "yesterday"}, {**SENT, "from": 7}]
    stage.answers(synced(*broken, SENT))
    assert len((await stage.pager.sync(GATEWAY, None, SINCE)).messages) == 1
    assert len(stage.ears.events("pager.record_skipped")) == 3


async def test_a_senseless_record_leaves_open_what_was_sent(stage: Stage) -> None:
    """It might be the very message looked for: nothing is proved."""
    one = {"records": [{**SENT, "creationTime": "yesterday"}], "navigation": {}}
    stage.answers(one, synced(one["records"]))
    with pytest.raises(PagerError):
        await stage.pager.sent_between(GATEWAY, SINCE, SINCE + timedelta(days=1))


async def test_messages_come_in_the_order_they_were_written(stage: Stage) -> None:
    """By time, then by id as a number; RingCentral promises no order."""
    later = {**SENT, "id": 5, "creationTime": "2026-03-02T09:15:05.000Z"}
    stage.answers(synced(later, {**SENT, "id": 10}, {**SENT, "id": 9}, {**SENT, "id": 9}))
    messages = (await stage.pager.sync(GATEWAY, None, SINCE)).messages
    assert [message.id for message in messages] == ["9", "10", "5"]


async def test_control_characters_do_not_come_through(stage: Stage) -> None:
    """Line breaks and tabs stay."""
    stage.answers(synced({**SENT, "subject": "a\x00b\x1b[31m\r\n\tc\x7f"}))
    (message,) = (await stage.pager.sync(GATEWAY, None, SINCE)).messages
    assert message.text == "ab[31m\n\tc"


async def test_a_lone_surrogate_is_replaced_before_sending(stage: Stage) -> None:
    """JSON can carry it, pagers cannot."""
    stage.answers(SENT)
    await stage.pager.send(OutgoingPage(GATEWAY, (AVERY,), "half \ud83d fire 🔥"))
    assert stage.sent()[0]["text"] == "half \ufffd fire 🔥"


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="<html>It works</html>", content_type="text/html"),
        web.Response(body=b""),
        web.Response(body=b"[]"),
        web.Response(body=b'{"id": NaN}'),
        web.Response(body=b'{"id":' * 20_000),
        web.Response(body=b"\xff\xfe\x00"),
        web.json_response({**SENT, "id": True}),
        web.json_response({**SENT, "id": "x" * 65}),
        web.json_response({**SENT, "id": 1.5}),
        web.json_response({**SENT, "id": -1}),
        web.json_response({**SENT, "creationTime": 7}),
        web.json_response({**SENT, "creationTime": "9999-12-31T23:59:59-23:59"}),
        web.json_response({**SENT, "conversation": {"id": None}}),
        web.Response(status=204),
        web.Response(status=302, headers={"Location": "https://elsewhere.example.com"}),
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_receipt(
    stage: Stage, answer: web.Response
) -> None:
    """The page may have been sent: look before sending again."""
    stage.script.then(answer)
    with pytest.raises(PagerOutcomeUnknownError):
        await send(stage)


async def test_a_list_without_end_ends(stage: Stage) -> None:
    """A server that always offers another page is not followed for ever, nor to its links."""
    more = {"records": [], "navigation": {"nextPage": {"uri": "https://elsewhere.example.com/"}}}
    stage.answers(*[more] * 1000, web.Response(status=500))
    with pytest.raises(PagerUnavailableError):
        await _patient_list(stage)
    paths = {path.partition("?")[0] for _, path, *_ in stage.script.requests}
    assert paths == {"/restapi/v1.0/account/~/extension/~/message-store"}


async def _patient_list(stage: Stage) -> None:
    sender = await stage.pager._senders.of(GATEWAY)
    stage.clock.sleep = _no_wait(stage.clock)  # type: ignore[method-assign]  # waits are not the point
    await every_page(sender.ask_in_turn, _list_call(GATEWAY, ()), lambda record: record)


def _no_wait(clock: MovedClock) -> Any:
    async def sleep(seconds: float) -> None:
        clock.move(seconds)

    return sleep


async def test_a_sync_too_large_to_read_begins_anew_in_pieces(stage: Stage) -> None:
    """After weeks of silence the changes exceed one answer; asking again would not help."""
    small = synced(SENT, olderRecordsExist=True)
    older = {"records": [{**SENT, "id": 1}], "navigation": {}}
    stage.answers(synced())
    first = await stage.pager.sync(GATEWAY, None, SINCE)
    stage.answers(web.Response(body=b" " * 1_100_000), small, older)
    healed = await stage.pager.sync(GATEWAY, first.cursor, SINCE)
    assert [message.id for message in healed.messages] == ["1", "1724099040008"]
    assert healed.reset


@pytest.mark.parametrize("code", ["MSG-333", "CMN-101"])
async def test_a_reset_leaves_no_gap(stage: Stage, code: str) -> None:
    """It reads from the last sync on, even if we are asked to begin later."""
    stage.answers(synced())
    first = await stage.pager.sync(GATEWAY, None, SINCE)
    stage.answers(said(400, code), synced(SENT))
    late = SINCE + timedelta(days=9)
    assert (await stage.pager.sync(GATEWAY, first.cursor, late)).reset
    assert "dateFrom=2026-03-02T09:14:10.500Z" in stage.script.requests[-1][1]


async def test_any_other_refusal_of_a_sync_keeps_the_cursor(stage: Stage) -> None:
    """Nothing was read: the next call goes on with the same cursor."""
    stage.answers(synced())
    first = await stage.pager.sync(GATEWAY, None, SINCE)
    stage.answers(said(404, "CMN-102"))
    with pytest.raises(PagerRejectedError):
        await stage.pager.sync(GATEWAY, first.cursor, SINCE)


# --- the directory ------------------------------------------------------------------------------


def listed(*records: object) -> dict[str, object]:
    return {"records": list(records), "navigation": {}}


def entry(number: str, kind: str = "User", **more: object) -> dict[str, object]:
    known = {"id": int(number) * 1000, "extensionNumber": number, "name": f"Name {number}"}
    return {**known, "type": kind, "status": "Enabled", **more}


async def test_extensions_of_every_type_and_status_are_sorted_out(stage: Stage) -> None:
    """People are paged, departments too; everything else and unknown words are not."""
    stage.answers(
        listed(
            entry("101", contact={"department": "Front Desk", "email": None}, name=None),
            entry("102", "DigitalUser", status="Frozen"),
            entry("103", "VirtualUser", status="NotActivated"),
            entry("104", "Voicemail"),
            entry("105", "HologramUser", status="Meditating"),
            {"id": 7, "type": "User", "status": "Unassigned", "name": "No number"},
            entry("400", "Department"),
        ),
        said(404, "AGW-404"),
        listed({"id": 101000}, {"id": 102000, "extensionNumber": "102"}, {"id": 9, "extra": 1}),
    )
    snapshot = await stage.pager.directory.load()
    kinds = {each.number: (each.kind, each.status) for each in snapshot.extensions}
    assert kinds == {
        "101": (ExtensionKind.PERSON, ExtensionStatus.ENABLED),
        "102": (ExtensionKind.PERSON, ExtensionStatus.FROZEN),
        "103": (ExtensionKind.PERSON, ExtensionStatus.NOT_ACTIVATED),
        "104": (ExtensionKind.OTHER, ExtensionStatus.ENABLED),
        "105": (ExtensionKind.OTHER, ExtensionStatus.DISABLED),
        "400": (ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
    }
    first = snapshot.extensions[0]
    assert (first.name, first.label, first.email) == ("101", "Front Desk", "")
    (department,) = snapshot.departments
    assert (department.members, department.managers) == (("101", "102"), ())


async def test_managers_are_known_where_their_own_token_tells(stage: Stage) -> None:
    """RingCentral says only of the asking extension what it manages."""
    manages = {"extension": {"extensionNumber": "400"}, "callQueueSetup": True}
    helps = {"extension": {"extensionNumber": "400"}, "callQueueSetup": False}
    company = listed(entry("101"), entry("102"), entry("400", "Department"))
    stage.answers(TOKEN, {"extensionNumber": "102", "name": "Bo Chen"}, synced())
    await stage.pager.sync(ExtensionNumber("102"), None, stage.clock.now())
    stage.answers(company, listed(helps), listed(manages), listed())
    (department,) = (await stage.pager.directory.load()).departments
    assert department.managers == ("102",)


async def test_names_do_not_wait_for_people_to_sign_in(stage: Stage) -> None:
    """Only a few may sign in each minute: with many linked people, nobody would have a name."""
    stage.answers(listed(entry("101"), entry("400", "Department")), listed(), listed())
    (department,) = (await stage.pager.directory.load()).departments
    assert department.managers == ()
    assert not any(path.endswith("/oauth/token") for _, path, *_ in stage.script.requests)


async def test_a_department_that_goes_while_we_read_is_left_out(stage: Stage) -> None:
    """The rest of the directory is as good as before."""
    stage.answers(
        listed(entry("400", "Department"), entry("401", "Department")),
        said(404, "AGW-404"),
        said(404, "CMN-102"),
        listed(),
    )
    snapshot = await stage.pager.directory.load()
    assert [each.number for each in snapshot.departments] == ["401"]
    assert len(snapshot.extensions) == 2


@pytest.mark.parametrize(
    "broken",
    [{"records": 7}, listed(7), listed(entry("400", "Department", id="../../x"))],
)
async def test_a_directory_that_makes_no_sense_is_not_taken_over(
    stage: Stage, broken: object
) -> None:
    """Better the old one than half of a new one; no id of theirs goes into a path unchecked."""
    stage.answers(broken)
    with pytest.raises(PagerUnavailableError):
        await stage.pager.directory.load()


# --- what we send -------------------------------------------------------------------------------


def problems(body: object, schema: str) -> list[str]:
    """Check against a schema of RingCentral's API specification."""
    document = YAML(typ="safe", pure=True).load(SCHEMA)
    rooted = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return [error.message for error in Draft202012Validator(rooted).iter_errors(body)]


def test_the_schema_check_can_fail() -> None:
    """Otherwise the next two tests prove nothing."""
    assert problems({"to": [], "text": 7}, "CreateInternalTextMessageRequest")


async def test_what_we_send_is_what_the_specification_asks_for(stage: Stage) -> None:
    """A page and a reply, by RingCentral's own schema."""
    stage.answers(SENT, SENT)
    await stage.pager.send(OutgoingPage(GATEWAY, (AVERY, BO), "Disk full"))
    await stage.pager.reply(OutgoingReply(GATEWAY, PagerMessageId("1724099032008"), "Still full"))
    page, reply = stage.sent()
    assert page == {
        "from": {"extensionNumber": "101"},
        "to": [{"extensionNumber": "102"}, {"extensionNumber": "103"}],
        "text": "Disk full",
    }
    assert reply == {
        "from": {"extensionNumber": "101"},
        "text": "Still full",
        "replyOn": 1724099032008,
    }
    assert problems(page, "CreateInternalTextMessageRequest") == []
    assert problems(reply, "CreateInternalTextMessageRequest") == []


async def test_what_we_subscribe_to_is_what_the_specification_asks_for() -> None:
    """By RingCentral's own schema; the address is ours, the secrets are long."""
    async with scripted() as script:
        script.then(
            web.json_response(TOKEN),
            web.json_response({"extensionNumber": "101"}),
            web.json_response({"records": []}),
            said(400, "SUB-521"),
        )
        clock = real_time()
        async with open_ringcentral(
            settings(script.url, public_url="https://pages.example.com/"),
            clock=clock,
            ids=SeededIds(),
            vault=Memory(),
            observer=Ears(),
        ) as pager:
            keeping = asyncio.create_task(pager.keep())  # noqa: TID251  cancelled below
            await asyncio.wait_for(clock.someone_waits.wait(), 5)
            keeping.cancel()
        (wish,) = [json.loads(body) for *_, body in script.requests if body.startswith("{")]
    mode = wish["deliveryMode"]
    assert problems(wish, "CreateSubscriptionRequest") == []
    assert problems(mode, "WebhookDeliveryModeRequest") == []
    base, _, secret = mode["address"].rpartition("/")
    assert base == "https://pages.example.com/ringcentral/webhook"
    assert min(len(secret), len(mode["verificationToken"])) >= 32
    assert secret != mode["verificationToken"]
    assert wish["expiresIn"] == 604_800


def test_settings_hide_secrets_and_refuse_what_cannot_work() -> None:
    """An address with credentials or a query is a mistake, and so is an unknown name."""
    good = settings("https://pager.example.com/prefix/")
    assert good.server_url == "https://pager.example.com/prefix"
    assert "secret" not in repr(good.client_secret)
    for url in ("ftp://x", "pager.example.com", "https://u:p@x", "https://x/?a=b", "https://"):
        with pytest.raises(ValidationError):
            settings(url)
    with pytest.raises(ValidationError):
        settings("https://x", sever_url="https://y")


@pytest.mark.parametrize("model", [RingCentralSettings, LinkedPerson, Timeouts, Rates])
def test_every_setting_is_described_by_words_and_example(model: type[BaseModel]) -> None:
    """Operators read the schema."""
    for name, about in model.model_fields.items():
        assert about.description, name
        assert about.examples, name
