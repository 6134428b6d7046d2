"""What people do leaves one record each: who, what, to what, when, from where; never the words."""

from collections.abc import AsyncIterator

import pytest

from gateway.domain.audit import AuditRecord
from gateway.domain.errors import PagerOutcomeUnknownError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import Page
from gateway.services.auditing import AuditTrail
from tests.acceptance.alert_rules import RULES
from tests.services.acme import AVERY, BO, DANA, Acme, button, running_acme


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme("101", routes=RULES) as running:
        yield running


async def records(acme: Acme) -> list[AuditRecord]:
    return list(await acme.store.audit(0, 100))


async def done(acme: Acme) -> list[tuple[str, str, str, str]]:
    """List what is on record, and hold all of it against the chain."""
    trail = AuditTrail(acme.store, acme.clock, acme.ears)
    assert (await trail.verify({})).broken is None
    return [(r.act, r.ref, r.who, r.origin) for r in await records(acme)]


async def held(acme: Acme) -> Page:
    """Let a page become one that nobody can find out about."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    page = await acme.page("102 Fire")
    await acme.pass_time(200)
    acme.pager.unreadable = None
    return page


async def test_page_is_on_record_with_its_author_and_without_its_words(acme: Acme) -> None:
    """A refusal of ours and a repeated request are no deeds."""
    page = await acme.page("102 The safe's code is 4711")
    await acme.command("nobody-at-all Fire")
    assert await done(acme) == [("page.accepted", page.ref, "T0ACME/U0DANA", "chat")]
    (record,) = await records(acme)
    assert record.facts == '{"parts": 1, "sender": "104", "to": ["102"]}'
    assert "4711" not in repr(record)


async def test_cancelling_is_on_record(acme: Acme) -> None:
    """Once, however often it is asked for; not when it was too late."""
    page = await acme.page("102 Fire")
    await acme.command(f"cancel {page.ref}")
    await acme.command(f"cancel {page.ref}")
    late = await acme.page("101 Fire")
    await acme.work()
    await acme.command(f"cancel {late.ref}")
    acts = [act for act, *_ in await done(acme)]
    assert acts == ["page.accepted", "page.cancelled", "page.accepted"]


@pytest.mark.parametrize(
    ("label", "act"), [("Send again", "page.sent_again"), ("Mark as sent", "page.marked_sent")]
)
async def test_decision_about_a_held_page_is_on_record(acme: Acme, label: str, act: str) -> None:
    """The one that counted."""
    page = await held(acme)
    pressed = button((await acme.status(page.ref)).content, label)
    await acme.press(pressed)
    await acme.press(pressed)
    assert (await done(acme))[1:] == [(act, page.ref, "T0ACME/U0DANA", "chat")]


async def test_membership_is_on_record(acme: Acme) -> None:
    """Who asked for whom, and which manager said that it is so."""
    page = await acme.page("dba Disk is full")
    await acme.work()
    acme.pager.leave(ExtensionNumber("400"), ExtensionNumber("104"))
    await acme.reply(page, "retrying now")
    await acme.work()
    await acme.press(acme.button("Ask to be added back"))
    await acme.work()
    acme.pager.join(ExtensionNumber("400"), ExtensionNumber("104"))
    await acme.press(acme.button("Mark as done", AVERY), by=AVERY)
    assert (await done(acme))[1:] == [
        ("membership.asked", "400", f"T0ACME/{DANA}", "chat"),
        ("membership.confirmed", "400", f"T0ACME/{AVERY}", "chat"),
    ]


async def test_end_of_the_trail_is_told_to_the_log(acme: Acme) -> None:
    """When it moved on; what was told then is held against the trail later."""
    trail = AuditTrail(acme.store, acme.clock, acme.ears)
    await trail.anchor()
    assert acme.ears.events("audit.anchored") == []
    await acme.page("102 Fire", by=BO)
    anchor = await trail.anchor()
    await trail.anchor()
    assert acme.ears.events("audit.anchored") == [{"number": 1, "seal": anchor.seal}]
    assert (await trail.verify({1: "another"})).broken is not None
    assert (await trail.verify({})).broken is None
