"""Nobody answers: steps by their times, channels, and the whole way again."""

import pytest

from gateway.domain.alerts import Ingest
from gateway.domain.routing.routes import Routes
from gateway.routes.reading import read_routes
from tests.fakes.chat import words
from tests.services.acme import ALARMS, DANA, Acme, button, running_acme
from tests.services.test_moving import alert

TEXT = """\
receivers: [{name: lobby, channel: C0OPS}, {name: dba, page: [DBA], channel: C0DBA}]
route:
  receiver: lobby
  group_wait: 0s
  routes:
    - matchers: ['team="db"']
      receiver: dba
      ack:
        again: %(again)d
        escalate:
          - {after: 10m, page: [Bo Chen], during: [%(first)s]}
          - {after: 10m, page: [Avery Kim], during: [%(second)s]}
          - {after: 20m, channel: %(channel)s}
time_intervals:
  - {name: always, time_intervals: [{years: ["2000:2100"]}]}
  - {name: never, time_intervals: [{years: ["2000:2001"]}]}
"""
MINUTE_S = 60


def routes(first: str = "always", second: str = "never", again: int = 0) -> Routes:
    text = TEXT % {"first": first, "second": second, "again": again, "channel": ALARMS}
    return read_routes(text).routes


async def fire(acme: Acme) -> None:
    assert acme.core.alerts is not None
    raised = Ingest("prom", acme.clock.now(), (alert(acme),), b"{}")
    await acme.core.alerts.take(raised)
    await acme.pass_time(5)


def escalations(acme: Acme) -> list[tuple[str, ...]]:
    """List whom escalations paged, in order."""
    return [accepted.to for accepted in acme.pager.accepted if "unanswered" in accepted.text]


def pointers(acme: Acme) -> list[str]:
    """List what other channels were told."""
    posted = (words(m.content) for m in acme.chat.posted if m.root is None)
    return [text for text in posted if "nobody acknowledged" in text]


@pytest.mark.parametrize(
    ("first", "second", "paged"),
    [("always", "never", ("102",)), ("never", "always", ("101",)), ("never", "never", ())],
)
async def test_step_outside_its_times_is_left_out(
    first: str, second: str, paged: tuple[str, ...]
) -> None:
    """The variant whose times it is takes the turn, and the next step comes in any case."""
    async with running_acme(routes=routes(first, second)) as acme:
        await fire(acme)
        await acme.pass_time(11 * MINUTE_S)
        assert escalations(acme) == ([paged] if paged else [])
        assert pointers(acme) == []
        await acme.pass_time(10 * MINUTE_S)
        assert len(pointers(acme)) == 1


async def test_channel_is_told_what_nobody_took() -> None:
    """By its title and the command that takes it; nobody is paged twice for it."""
    async with running_acme(routes=routes()) as acme:
        await fire(acme)
        await acme.pass_time(21 * MINUTE_S)
        (told,) = pointers(acme)
        assert "DiskFull on db-7: open for 20 minutes" in told
        assert "/page ack al_" in told
        assert len(escalations(acme)) == 1


@pytest.mark.parametrize("again", [0, 2])
async def test_the_way_is_gone_again_as_often_as_it_says(again: int) -> None:
    """Each time from the end of the last; then nobody is paged any more."""
    async with running_acme(routes=routes(again=again)) as acme:
        await fire(acme)
        await acme.pass_time(3 * 60 * MINUTE_S)
        assert escalations(acme) == [("102",)] * (again + 1)
        assert len(pointers(acme)) == again + 1


async def test_whoever_takes_it_ends_the_way() -> None:
    """Also the one that would be gone again."""
    async with running_acme(routes=routes(again=5)) as acme:
        await fire(acme)
        await acme.pass_time(11 * MINUTE_S)
        root = next(m for m in acme.chat.posted if "DiskFull" in words(m.content))
        await acme.press(button(root.content, "Acknowledge"), by=DANA)
        await acme.pass_time(3 * 60 * MINUTE_S)
        assert len(escalations(acme)) == 1
        assert pointers(acme) == []
