"""What the adapter makes of everything that can go wrong, over HTTP."""

import asyncio
import heapq
import json
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from adapters.pager.embedded import Dialect, RateLimits
from adapters.pager.ringcentral import RingCentralPager
from adapters.pager.ringcentral.settings import Rates
from gateway.domain.errors import (
    GatewayError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerThrottledError,
    PagerUnavailableError,
    PermissionMissingError,
    SenderMismatchError,
)
from gateway.domain.ids import ExtensionNumber
from gateway.ports.pager import OutgoingPage, OutgoingReply
from tests.adapters.ringcentral.company import Company, running_company
from tests.adapters.ringcentral.surroundings import real_time
from tests.fakes.clock import MovedClock, SkippingClock

GATEWAY, AVERY, BO = map(ExtensionNumber, ("700", "101", "102"))


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    async with running_company() as running:
        yield running
        await running.admin("DELETE", "faults")  # lets go of what still hangs


@pytest.fixture
async def pager(company: Company) -> AsyncIterator[RingCentralPager]:
    async with company.open("101") as opened:
        await opened.mailboxes()
        yield opened


async def page(pager: RingCentralPager, text: str = "hello") -> None:
    await pager.send(OutgoingPage(GATEWAY, (AVERY,), text))


async def sent(pager: RingCentralPager, clock: MovedClock) -> list[str]:
    hour = timedelta(hours=1)
    found = await pager.sent_between(GATEWAY, clock.now() - hour, clock.now() + hour)
    return [message.text for message in found]


# --- what is known of a send --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("process_then_reset", {}),
        ("process_then_hang", {"for_s": 1.2}),
        ("process_then_500", {}),
        ("process_then_500", {"status": 502}),
        ("process_then_500", {"status": 504}),
        ("process_then_truncate", {}),
    ],
)
async def test_a_page_whose_answer_was_lost_is_unknown_and_found(
    company: Company, pager: RingCentralPager, verb: str, arguments: dict[str, object]
) -> None:
    """Never "not sent": the look finds it, and it is there once."""
    await company.fail_send(verb, **arguments)
    with pytest.raises(PagerOutcomeUnknownError):
        await page(pager, "lost pg_7K2M")
    assert await sent(pager, company.clock) == ["lost pg_7K2M"]
    assert await company.accepted() == ["lost pg_7K2M"]


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("reset_before_read", {}),
        ("read_then_hang", {"for_s": 1.2}),
        ("status", {"status": 500, "error_code": "CMN-203"}),
        ("status", {"status": 503, "error_code": "CMN-201"}),
        ("status", {"status": 429, "error_code": "CMN-304"}),
    ],
)
async def test_what_looks_the_same_is_told_the_same(
    company: Company, pager: RingCentralPager, verb: str, arguments: dict[str, object]
) -> None:
    """Not processed, but nobody can know: unknown, and absent upstream."""
    await company.fail_send(verb, **arguments)
    with pytest.raises(PagerOutcomeUnknownError):
        await page(pager)
    assert await sent(pager, company.clock) == []


async def test_a_slow_answer_is_still_an_answer(company: Company, pager: RingCentralPager) -> None:
    """Piece by piece, within the time for one piece."""
    await company.fail_send("slow_drip", delay_s=0.001, chunk=64)
    await page(pager)
    assert await company.accepted() == ["hello"]


@pytest.mark.parametrize(("told", "least", "most"), [(17, 17, 17), (None, 1, 120)])
async def test_maintenance_defers_the_page(
    company: Company, pager: RingCentralPager, told: int | None, least: int, most: int
) -> None:
    """The one 5xx that says nothing was done; until Retry-After, or a random wait."""
    after = {"retry_after": told} if told else {}
    await company.fail_send("maintenance", **after)
    with pytest.raises(PagerUnavailableError) as caught:
        await page(pager)
    assert caught.value.retry_at is not None
    wait_s = (caught.value.retry_at - company.clock.now()).total_seconds()
    assert least <= wait_s <= most
    await page(pager)
    assert await company.accepted() == ["hello"]


async def test_a_read_that_fails_is_never_unknown(
    company: Company, pager: RingCentralPager
) -> None:
    """Reading twice does no harm."""
    await company.fault("process_then_reset", match={"path": "message-sync"})
    with pytest.raises(PagerUnavailableError):
        await pager.sync(GATEWAY, None, company.clock.now())


async def test_sent_messages_are_read_by_sync_when_the_store_cannot(
    company: Company, pager: RingCentralPager
) -> None:
    """Two ways lead to the same mailbox."""
    await page(pager, "sent")
    await company.fault("status", status=500, match={"path": "message-store"})
    assert await sent(pager, company.clock) == ["sent"]


async def test_nothing_is_proved_when_neither_way_is_whole(
    company: Company, pager: RingCentralPager
) -> None:
    """A sync that leaves something out is no proof of absence."""
    for n in range(260):
        await page(pager, str(n))
    await company.fault("status", status=500, match={"path": "message-store"})
    with pytest.raises(PagerUnavailableError):
        await sent(pager, company.clock)


async def test_a_message_deleted_meanwhile_counts_as_sent(
    company: Company, pager: RingCentralPager
) -> None:
    """Otherwise it would be sent again."""
    receipt = await pager.send(OutgoingPage(GATEWAY, (AVERY,), "gone pg_7K2M"))
    headers = {"Authorization": f"Bearer {_token(company)}"}
    url = f"{company.server.url}/restapi/v1.0/account/~/extension/~/message-store/{receipt.message}"
    async with company.http.delete(url, headers=headers) as response:
        assert response.status == 204
    assert await sent(pager, company.clock) == ["gone pg_7K2M"]
    synced = await pager.sync(GATEWAY, None, company.clock.now() - timedelta(hours=1))
    assert synced.messages == ()


def _token(company: Company) -> str:
    """The shared sender's access token: the first that was put into the vault."""
    stored = next(value for name, value in company.vault.values.items() if ".token." in name)
    return str(json.loads(stored)["access"])


# --- being signed in ----------------------------------------------------------------------------


async def test_an_expired_token_is_refreshed_once_for_everybody(
    company: Company, pager: RingCentralPager
) -> None:
    """Twenty calls meet the 401, one token call is made, all succeed."""
    before = len(company.ears.events("pager.signed_in"))
    await company.fault("expire_token")
    await asyncio.gather(*(page(pager, str(n)) for n in range(20)))
    renewals = company.ears.events("pager.signed_in")[before:]
    assert [renewal["grant"] for renewal in renewals] == ["refresh_token"]
    assert len(await company.accepted()) == 20


async def test_a_revoked_session_is_replaced(company: Company, pager: RingCentralPager) -> None:
    """The refresh token died with it; the credential has not."""
    await company.fault("revoke")
    await page(pager)
    assert await company.accepted() == ["hello"]


async def test_a_401_that_stays_stops_the_sender(company: Company, pager: RingCentralPager) -> None:
    """One refresh, one more try, then silence for a minute; afterwards it resumes."""
    await company.fault("status", status=401, error_code="OAU-213", match={"extension": "700"})
    for _ in range(10):
        with pytest.raises(PagerAuthError) as caught:
            await page(pager)
        assert caught.value.sender == GATEWAY
    calls = [c for c in company.ears.events("pager.called") if c["status"] == 401]
    assert len(calls) == 2
    await company.admin("DELETE", "faults")
    company.clock.move(61)
    await page(pager)
    assert await company.accepted() == ["hello"]


async def test_calls_refused_together_count_once(company: Company, pager: RingCentralPager) -> None:
    """Twenty at once do not make the wait twenty times longer."""
    await company.fault("status", status=401, error_code="OAU-213", match={"extension": "700"})
    await asyncio.gather(*(page(pager, str(n)) for n in range(20)), return_exceptions=True)
    await company.admin("DELETE", "faults")
    company.clock.move(61)
    await page(pager)


async def test_a_frozen_sender_is_signed_out_and_resumes(
    company: Company, pager: RingCentralPager
) -> None:
    """Whoever thaws the extension need not touch the gateway."""
    await company.admin("PATCH", "extensions/700", status="Frozen")
    with pytest.raises(PagerAuthError):
        await page(pager)
    await company.admin("PATCH", "extensions/700", status="Enabled")
    company.clock.move(121)
    await page(pager)


async def test_one_sender_signed_out_does_not_stop_the_others(
    company: Company, pager: RingCentralPager
) -> None:
    """Tokens are everybody's own."""
    await company.fault("status", status=401, error_code="OAU-213", match={"extension": "700"})
    with pytest.raises(PagerAuthError):
        await page(pager)
    await pager.send(OutgoingPage(AVERY, (BO,), "from Avery"))
    assert await company.accepted() == ["from Avery"]


async def test_a_restart_signs_in_no_more(company: Company) -> None:
    """Token pairs and mailboxes are in the vault: a start needs no call at all."""
    async with company.open("101") as pager:
        await page(pager)
        await pager.send(OutgoingPage(AVERY, (BO,), "hello"))
    company.ears.heard.clear()
    async with company.open("101") as pager:
        await pager.mailboxes()
        assert company.ears.heard == []
        await page(pager, "again")
    assert [event for event, _ in company.ears.heard] == ["pager.called"]


async def test_a_start_while_the_pager_is_away_knows_its_mailboxes(company: Company) -> None:
    """What was learned once is kept."""
    async with company.open("101") as pager:
        known = await pager.mailboxes()
    await company.fault("status", status=503)
    async with company.open("101") as pager:
        assert await pager.mailboxes() == known


async def test_no_credential_that_works_is_told(company: Company) -> None:
    """The first start with a wrong secret."""
    async with company.open(client_secret="wrong") as pager:
        with pytest.raises(PagerAuthError) as caught:
            await pager.mailboxes()
        assert caught.value.vendor_code.startswith("OAU-")


async def test_a_credential_of_somebody_else_is_not_used(company: Company) -> None:
    """Settings say 101, the credential is Bo's."""
    bo = company.linked("102").model_copy(update={"extension": "101"})
    async with company.open(people=(bo,)) as pager:
        for sender in (AVERY, BO):
            with pytest.raises(SenderMismatchError):
                await pager.send(OutgoingPage(sender, (GATEWAY,), "as whom?"))
    assert await company.accepted() == []


async def test_a_person_without_a_number_is_asked_for(company: Company) -> None:
    """The credential tells; one that does not work leaves the others alone."""
    bo = company.linked("102").model_copy(update={"extension": None})
    broken = bo.model_copy(update={"jwt": type(bo.jwt)("broken")})
    async with company.open(people=(broken, bo)) as pager:
        await pager.send(OutgoingPage(BO, (AVERY,), "hello"))
        assert [mailbox.extension for mailbox in await pager.mailboxes()] == [GATEWAY, BO]
        assert await pager.links() == {"U102": BO}


async def test_a_renumbered_sender_is_learned_anew(company: Company) -> None:
    """RingCentral says the sender is somebody else: what was kept is forgotten."""
    async with company.open() as pager:
        await pager.mailboxes()
        (name,) = [key for key in company.vault.values if ".mailbox." in key]
        company.vault.values[name] = '{"number": "701", "name": "Old number"}'
    async with company.open() as pager:
        (mailbox,) = await pager.mailboxes()
        with pytest.raises(SenderMismatchError):
            await pager.send(OutgoingPage(mailbox.extension, (AVERY,), "hello"))
        assert [each.extension for each in await pager.mailboxes()] == [GATEWAY]


# --- limits -------------------------------------------------------------------------------------


@pytest.fixture
async def strict() -> AsyncIterator[Company]:
    """A company with RingCentral's limits, and a client that has to learn them."""
    async with running_company(limits=RateLimits(medium=20, penalty_s=60)) as running:
        yield running


def refused(company: Company) -> int:
    """Count the calls that RingCentral answered with 429; whoever waits here makes none."""
    failed = company.ears.events("pager.call_failed")
    return sum(call["error_code"] == "pager.throttled" for call in failed)


async def test_a_storm_never_meets_the_limit(strict: Company) -> None:
    """The embedded pager counts no refusal while 150 pages go through a window of 20."""
    async with strict.open() as pager:
        waiting = [str(n) for n in range(150)]
        line = [(strict.clock.now(), text) for text in waiting]
        while line:
            due_at, text = heapq.heappop(line)
            strict.clock.move(max(0.0, (due_at - strict.clock.now()).total_seconds()))
            retry_at = await _waits_until(pager, text)
            if retry_at:
                heapq.heappush(line, (retry_at, text))
    statuses = [call["status"] for call in strict.ears.events("pager.called")]
    assert statuses.count(200) == 151
    assert refused(strict) == 0
    assert sorted(await strict.accepted()) == sorted(waiting)


async def _waits_until(pager: RingCentralPager, text: str) -> datetime | None:
    """Send, or say when to come back."""
    try:
        await page(pager, text)
    except PagerThrottledError as error:
        return error.retry_at
    return None


async def test_a_penalty_is_waited_out_in_silence_even_across_a_restart(strict: Company) -> None:
    """No call at all until it is over, or it would begin anew."""
    async with strict.open() as pager:
        await page(pager, "first")
        await strict.fault("penalty", group="medium")
        with pytest.raises(PagerThrottledError):
            await page(pager, "second")
        strict.ears.heard.clear()
        with pytest.raises(PagerThrottledError):
            await page(pager, "third")
    strict.clock.move(30)
    async with strict.open() as pager:
        with pytest.raises(PagerThrottledError) as caught:
            await page(pager, "fourth")
        assert strict.ears.heard == []
        assert caught.value.retry_at is not None
        strict.clock.move(31)
        await page(pager, "fifth")
    assert await strict.accepted() == ["first", "fifth"]


async def test_two_processes_do_not_keep_each_others_penalty_alive(strict: Company) -> None:
    """Each is refused once at most: before it tries again it hears of the other's refusal."""
    async with strict.open() as one, strict.open() as other:
        await page(one, "first")
        await page(other, "second")
        await strict.fault("penalty", group="medium")
        waiting = {"third": one, "fourth": other}
        for _ in range(60):
            for text, pager in tuple(waiting.items()):
                if await _waits_until(pager, text) is None:
                    del waiting[text]
                strict.clock.move(2.5)
    assert waiting == {}
    assert 1 <= refused(strict) <= 2


@pytest.mark.parametrize("told", [True, False])
async def test_a_penalty_ends_when_ringcentral_says_or_after_thirty_seconds(told: bool) -> None:  # noqa: FBT001  a parameter of the test
    """`Retry-After` may be missing."""
    dialect = Dialect(retry_after_header=told)
    async with running_company(dialect=dialect) as company, company.open() as pager:
        await page(pager, "first")
        after = {"retry_after": 45} if told else {}
        await company.fail_send("status", status=429, error_code="CMN-301", **after)
        with pytest.raises(PagerThrottledError) as caught:
            await page(pager, "second")
        assert caught.value.retry_at is not None
        wait_s = (caught.value.retry_at - company.clock.now()).total_seconds()
        assert (45 if told else 30) < wait_s < (46 if told else 31)


async def test_a_limit_above_the_groups_silences_reading_too(
    company: Company, pager: RingCentralPager
) -> None:
    """CMN-310 counts every call of ours."""
    await company.fail_send("status", status=429, error_code="CMN-310", retry_after=60)
    with pytest.raises(PagerThrottledError):
        await page(pager)
    with pytest.raises(PagerThrottledError):
        await sent(pager, company.clock)


async def test_reading_goes_on_while_sending_is_penalised(
    company: Company, pager: RingCentralPager
) -> None:
    """Groups are counted apart."""
    await page(pager, "first")
    await company.fail_send("status", status=429, error_code="CMN-301", retry_after=60)
    with pytest.raises(PagerThrottledError):
        await page(pager, "second")
    assert await sent(pager, company.clock) == ["first"]


async def test_limits_are_learned_from_the_answers() -> None:
    """Three calls a minute is what the server says, whatever we assumed."""
    async with running_company(limits=RateLimits(medium=3)) as company, company.open() as pager:
        assert pager.per_minute(GATEWAY) > 3
        await page(pager, "1")
        assert pager.per_minute(GATEWAY) == 3
        await page(pager, "2")
        await page(pager, "3")
        with pytest.raises(PagerThrottledError) as caught:
            await page(pager, "4")
        assert caught.value.per_minute == 3
        assert refused(company) == 0


@pytest.mark.parametrize("limits", [RateLimits(light=4), RateLimits(medium=1)])
async def test_a_directory_larger_than_the_limit_is_read_in_turns(limits: RateLimits) -> None:
    """It waits for its slots instead of failing, and leaves some for others."""
    async with running_company(limits=limits, clock=SkippingClock(real_time().now())) as company:
        rates = Rates(light=limits.light, medium=limits.medium, auth=100)
        async with company.open(rates=rates) as pager:
            for _ in range(2):
                snapshot = await pager.directory.load()
                assert (len(snapshot.extensions), len(snapshot.departments)) == (15, 4)
        assert refused(company) == 0


# --- refusals of other kinds --------------------------------------------------------------------


async def test_a_missing_permission_is_told_with_its_name(
    company: Company, pager: RingCentralPager
) -> None:
    """So that an admin knows what to grant."""
    await company.fail_send("status", status=403, error_code="CMN-408")
    with pytest.raises(PermissionMissingError) as caught:
        await page(pager)
    assert caught.value.kind.value == "person"


async def test_an_unknown_refusal_keeps_code_and_trace(
    company: Company, pager: RingCentralPager
) -> None:
    """An operator can look it up."""
    await company.fail_send("status", status=409, error_code="XYZ-123")
    with pytest.raises(PagerRejectedError) as caught:
        await page(pager)
    assert (caught.value.status, caught.value.vendor_code) == (409, "XYZ-123")
    assert caught.value.trace


async def test_a_vault_that_is_away_defers_and_refuses_nothing(company: Company) -> None:
    """Our own outage is no word of the pager's."""
    company.vault.away = True
    async with company.open() as pager:
        with pytest.raises(PagerUnavailableError):
            await page(pager)


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(sender_in_to=False, inbound_status="Sent", outbound_read_status="Unread"),
        Dialect(extra_fields=True, localised_messages=True, one_conversation_id=True),
        Dialect(sync_default_days=7, sync_overlap_s=30, new_message_ids=False),
        Dialect(endpoint_id_keeps_session=True, sessions_per_user_and_app=1),
    ],
)
async def test_every_dialect_of_the_pager_is_understood(dialect: Dialect) -> None:
    """What RingCentral leaves undocumented, or does in more than one way."""
    async with running_company(dialect=dialect) as company, company.open("101") as pager:
        since = company.clock.now() - timedelta(hours=1)
        receipt = await pager.send(OutgoingPage(GATEWAY, (AVERY, BO), "question"))
        (question,) = (await pager.sync(AVERY, None, since)).messages
        await pager.reply(OutgoingReply(AVERY, question.id, "answer"))
        mine, theirs = (await pager.sync(GATEWAY, None, since)).messages
        assert (question.sender, question.to) == (GATEWAY, (BO,))
        assert (mine.to, theirs.sender, theirs.inbound) == ((AVERY, BO), AVERY, True)
        assert {mine.conversation, theirs.conversation} == {receipt.conversation}


# --- secrets ------------------------------------------------------------------------------------


CANARY = "canary text"


def everything_in(error: BaseException | None) -> str:
    """An error as any log might show it: its chain, reprs, arguments, attributes, traceback."""
    shown = ""
    while error is not None:
        shown += repr(error) + str(error) + repr(error.args) + repr(vars(error))
        shown += "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__
    return shown


@pytest.mark.parametrize(
    "fault",
    [
        {"verb": "process_then_reset"},
        {"verb": "process_then_truncate"},
        {"verb": "read_then_hang", "for_s": 1.2},
        {"verb": "process_then_500"},
        {"verb": "status", "status": 400, "error_code": "MSG-324"},
        {"verb": "status", "status": 401, "error_code": "OAU-213"},
        {"verb": "status", "status": 403, "error_code": "XYZ-1"},
        {"verb": "status", "status": 429, "error_code": "CMN-301"},
        {"verb": "maintenance"},
    ],
)
async def test_secrets_and_texts_appear_nowhere(
    company: Company, fault: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in events, not in logs, not in errors: tokens, credentials, page texts."""
    caplog.set_level(logging.DEBUG)
    secrets = [company.server.client_secret, company.server.jwt["700"], CANARY]
    async with company.open() as pager:
        await pager.mailboxes()
        secrets.append(_token(company))
        await company.fault(str(fault.pop("verb")), match={"extension": "700"}, **fault)
        with pytest.raises(GatewayError) as caught:
            await pager.send(OutgoingPage(GATEWAY, (AVERY,), CANARY))
        with pytest.raises(PagerError) as read:
            await pager.sync(GATEWAY, None, company.clock.now())
    shown = everything_in(caught.value) + everything_in(read.value)
    shown += json.dumps(company.ears.heard) + caplog.text + repr(company.settings())
    assert [secret for secret in secrets if secret in shown] == []
