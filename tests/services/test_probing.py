"""The self-check goes the way of every page, and says how far it came."""

import asyncio

import pytest

from gateway.domain.errors import PagerRejectedError, PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.services.probing import Probing
from tests.services.acme import Acme


def probing_of(acme: Acme, to: str = "101") -> Probing:
    return Probing(
        to,
        900,
        acme.core.orders,
        acme.store,
        acme.pager,
        acme.house.words,
        acme.clock,
        acme.ids,
        acme.ears,
    )


async def probed(acme: Acme, probing: Probing) -> str:
    """Let one self-check run to its end, with the outbox at work and time passing."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(probing.probe())
        while not task.done():
            await acme.work()
            acme.clock.move(1)
            await asyncio.sleep(0)  # noqa: TID251 - lets the self-check look
    (event,) = [event for event, _ in acme.ears.heard if event.startswith("probe.")]
    return event


async def test_a_self_check_is_sent_and_found(acme: Acme) -> None:
    """By the shared sender to its extension; nothing stands in a channel."""
    assert await probed(acme, probing_of(acme)) == "probe.seen"
    (page,) = acme.pager.accepted
    assert "Self-check" in page.text
    assert page.reached == (ExtensionNumber("101"),)
    assert acme.chat.posted == []
    (facts,) = acme.ears.events("probe.seen")
    assert isinstance(facts["elapsed_ms"], int)
    assert isinstance(facts["accepted_ms"], int)
    assert facts["elapsed_ms"] >= facts["accepted_ms"]


async def test_each_self_check_is_a_page_of_its_own(acme: Acme) -> None:
    """The same words to the same extension are no repeat to be asked about."""
    probing = probing_of(acme)
    await probed(acme, probing)
    acme.ears.heard.clear()
    assert await probed(acme, probing) == "probe.seen"
    assert len(acme.pager.accepted) == 2


async def test_a_pager_that_is_away_makes_it_late(acme: Acme) -> None:
    """After a minute it counts as one that did not work."""
    acme.pager.away = PagerUnavailableError()
    assert await probed(acme, probing_of(acme)) == "probe.late"


async def test_a_refusal_is_told_with_its_code(acme: Acme) -> None:
    """Whether the pager refuses it or we do."""
    acme.pager.fail_next(PagerRejectedError("XYZ-999"))
    assert await probed(acme, probing_of(acme)) == "probe.refused"
    assert acme.ears.events("probe.refused")[0]["error_code"] == "pager.rejected"
    acme.ears.heard.clear()
    assert await probed(acme, probing_of(acme, "999")) == "probe.refused"
    assert acme.ears.events("probe.refused")[0]["error_code"] == "recipient.unknown"


async def test_a_page_that_never_shows_up_is_told(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted is not yet visible; looking for lost answers depends on it."""

    async def nothing(*_: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(acme.pager, "sent_between", nothing)
    assert await probed(acme, probing_of(acme)) == "probe.unseen"


async def test_a_database_that_is_away_fails_it(acme: Acme) -> None:
    """It says so, and the next one is tried."""
    acme.disk.lost_reads = 1
    assert await probed(acme, probing_of(acme)) == "probe.failed"
