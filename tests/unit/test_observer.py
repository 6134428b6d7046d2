"""What the log says and the counters count: enough to act on, and nothing twice."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.system import LogAndCount, LoopLag, SystemClock
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    """Everything that is logged."""
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured
    structlog.reset_defaults()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def observer(clock: MovedClock, registry: CollectorRegistry) -> LogAndCount:
    return LogAndCount(registry, clock)


def events(lines: list[Any]) -> list[str]:
    return [line["event"] for line in lines]


def test_a_part_that_stays_away_is_said_once(observer: LogAndCount, lines: list[Any]) -> None:
    """Whatever is said of other parts in between."""
    for _ in range(3):
        observer.saw("mailbox.unread", mailbox="104", error_code="pager.unavailable")
        observer.saw("mailbox.unread", mailbox="700", error_code="pager.unavailable")
    assert [line["mailbox"] for line in lines] == ["104", "700"]


def test_it_is_said_when_it_is_back_and_when_it_goes_again(
    observer: LogAndCount, lines: list[Any]
) -> None:
    """The second outage is as much news as the first."""
    for _ in range(2):
        observer.saw("mailbox.unread", mailbox="104", error_code="pager.unavailable")
        observer.saw("mailbox.recovered", mailbox="104")
    assert events(lines) == ["mailbox.unread", "mailbox.recovered"] * 2


def test_another_reason_is_news(observer: LogAndCount, lines: list[Any]) -> None:
    """It may need somebody else."""
    observer.saw("directory.unread", error_code="pager.unavailable")
    observer.saw("directory.unread", error_code="pager.auth")
    assert len(lines) == 2


def test_a_long_trouble_is_said_again_now_and_then(
    observer: LogAndCount, lines: list[Any], clock: MovedClock
) -> None:
    """Lest it scrolls out of everybody's sight."""
    observer.saw("directory.unread", error_code="pager.unavailable")
    clock.move(601)
    observer.saw("directory.unread", error_code="pager.unavailable")
    assert len(lines) == 2


def test_what_was_said_is_remembered_within_bounds(observer: LogAndCount, lines: list[Any]) -> None:
    """Of a thousand other parts' troubles the oldest is said again, not kept for ever."""
    observer.saw("mailbox.unread", mailbox="104", error_code="pager.unavailable")
    for number in range(1000):
        observer.saw("mailbox.unread", mailbox=f"9{number}", error_code="pager.unavailable")
    observer.saw("mailbox.unread", mailbox="104", error_code="pager.unavailable")
    assert [line["mailbox"] for line in lines].count("104") == 2


def test_what_concerns_a_page_is_always_said(observer: LogAndCount, lines: list[Any]) -> None:
    """Two alarms of two pages are two."""
    for ref in ("pg_1", "pg_2"):
        observer.saw("operators.alarmed", key="ops.held", page_id=ref)
    assert len(lines) == 2


def test_levels_say_who_has_to_look(observer: LogAndCount, lines: list[Any]) -> None:
    """An error: somebody must; a warning: somebody may have to."""
    for event in ("delivery.crashed", "claim.lost", "page.accepted", "pager.called"):
        observer.saw(event)
    assert [line["log_level"] for line in lines] == ["error", "warning", "info", "debug"]


def test_everything_is_counted(observer: LogAndCount, registry: CollectorRegistry) -> None:
    """What is not said twice, too."""
    for _ in range(3):
        observer.saw("mailbox.unread", mailbox="104", error_code="pager.auth")
    labels = {"event": "mailbox.unread", "code": "pager.auth"}
    assert registry.get_sample_value("gateway_events_total", labels) == 3


def test_attempts_are_timed(observer: LogAndCount, registry: CollectorRegistry) -> None:
    """By kind and end."""
    observer.saw("delivery.attempted", kind="SendPage", state="sent", elapsed_ms=250)
    labels = {"kind": "SendPage", "state": "sent"}
    assert registry.get_sample_value("gateway_attempt_seconds_sum", labels) == 0.25


def test_what_is_left_alone_in_slack_is_counted_by_its_reason(
    observer: LogAndCount, registry: CollectorRegistry
) -> None:
    """A new kind of message shows in the metrics before anybody misses it."""
    observer.saw("slack.ignored", kind="message", why="unknown_subtype")
    labels = {"event": "slack.ignored", "code": "unknown_subtype"}
    assert registry.get_sample_value("gateway_events_total", labels) == 1


async def test_a_stalled_loop_is_felt_and_said() -> None:
    """Whoever blocks the loop delays every acknowledgement; the log names the moment."""
    ears = Ears()
    with LoopLag(ears, every_s=0.01) as lag:
        loop = asyncio.get_running_loop()
        turn = asyncio.Event()
        loop.call_soon(_hold_up_the_loop, 1.1)
        loop.call_later(1.2, turn.set)
        await turn.wait()
        assert lag.take() >= 1
        assert lag.take() < 1
    (stall,) = ears.events("loop.stalled")
    assert isinstance(stall["elapsed_ms"], int)
    assert stall["elapsed_ms"] >= 1000


def _hold_up_the_loop(seconds: float) -> None:
    """Do what nobody may do in a coroutine."""
    until = SystemClock().monotonic() + seconds
    while SystemClock().monotonic() < until:
        pass
