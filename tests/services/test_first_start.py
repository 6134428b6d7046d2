"""A gateway that never heard the pager: it knows nobody's number, and nobody who could send."""

from collections.abc import AsyncIterator

import pytest

from gateway.domain.directory import DirectorySnapshot
from gateway.domain.errors import PagerUnavailableError
from gateway.services.directory_sync import NEVER
from tests.services.acme import Acme, running_acme, said
from tests.services.test_moving import BEFORE, alert, say


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """The pager is away, and was from the beginning."""
    async with running_acme(routes=BEFORE) as running:
        running.pager.away = PagerUnavailableError()
        running.people.shared = None
        yield running


def forget_names(acme: Acme) -> None:
    """Be as before the directory was read for the first time."""
    acme.directory._take_up(DirectorySnapshot((), (), NEVER))


@pytest.mark.parametrize("without", ["names", "sender"])
async def test_alert_waits_for_the_pager_to_be_heard(acme: Acme, without: str) -> None:
    """Whom it pages is decided when that can be known, not left out for ever."""
    if without == "names":
        acme.people.shared = acme.pager.senders[0]
        forget_names(acme)
    await say(acme, alert(acme))
    await acme.pass_time(120)
    assert acme.chat.posted == []
    acme.pager.away = None
    await acme.core.mailboxes.learn()
    await acme.directory.refresh()
    await acme.pass_time(60)
    (paged,) = [accepted.to for accepted in acme.pager.accepted]
    assert paged == ("400",)


async def test_alert_that_pages_nobody_is_shown_at_once(acme: Acme) -> None:
    """The chat needs no pager."""
    await say(acme, alert(acme, team="web"))
    await acme.pass_time(60)
    (card,) = acme.chat.posted
    assert "DiskFull" in card.text


async def test_nobody_is_called_unknown_before_names_are_known(acme: Acme) -> None:
    """Who pages in the first minute reads that it is early, not that a colleague isn't there."""
    forget_names(acme)
    told = said(await acme.command("102 The lift is stuck"))
    assert "We don't know anybody's name or number so far." in told
    assert "directory" not in told
