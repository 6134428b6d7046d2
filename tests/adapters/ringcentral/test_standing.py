"""How things stand with the pager: from its answers, over HTTP, without asking for it."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from adapters.pager.ringcentral.credentials import App, Credential
from adapters.pager.ringcentral.settings import Rates
from adapters.pager.ringcentral.standing import UpstreamClock
from gateway.domain.ids import ExtensionNumber
from gateway.ports.pager import OutgoingPage
from tests.adapters.ringcentral.company import running_company
from tests.adapters.ringcentral.test_webhooks import Scene
from tests.adapters.ringcentral.test_webhooks import scene as scene  # noqa: PLC0414  a fixture

GATEWAY, AVERY, BO = map(ExtensionNumber, ("700", "101", "102"))
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def jwt(**claims: object) -> str:
    """Write a credential as RingCentral's console does, with a signature that nobody checks."""
    parts: tuple[dict[str, object], ...] = ({"alg": "RS256"}, claims, {})
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts
    )


def ends_at(given: str) -> datetime | None:
    return Credential("name", App("id", "secret"), given).ends_at


async def test_calls_that_are_left_are_those_of_the_sender_with_the_fewest() -> None:
    """A sender who pages a lot runs dry alone; the gauge shows it before the pager refuses."""
    async with running_company() as company:
        rates = Rates(auth=100, medium=50, light=50)
        async with company.open("101", rates=rates) as pager:
            assert pager.standing().remaining == {"light": 50, "medium": 50}
            for text in ("one", "two"):
                await pager.send(OutgoingPage(AVERY, (BO,), text))
            before = pager.standing().remaining["medium"]
            await pager.send(OutgoingPage(GATEWAY, (BO,), "three"))
            assert pager.standing().remaining["medium"] == before
            await pager.send(OutgoingPage(AVERY, (BO,), "four"))
            assert pager.standing().remaining["medium"] == before - 1
            company.clock.move(61)
            assert pager.standing().remaining["medium"] > before


async def test_clock_that_is_wrong_is_known_from_the_first_answer() -> None:
    """Ahead is positive; before the first answer nothing is known."""
    async with running_company() as company, company.open() as pager:
        assert pager.standing().clock_ahead_s is None
        await company.admin("POST", "clock", advance_s=600)
        await pager.send(OutgoingPage(GATEWAY, (BO,), "hello"))
        assert pager.standing().clock_ahead_s == pytest.approx(-600, abs=5)


async def test_subscriptions_tell_until_when_events_come(scene: Scene) -> None:
    """One that RingCentral put on its blacklist has ended, whatever life was left."""
    (until,) = scene.pager.standing().subscribed_until.values()
    assert until - scene.company.clock.now() == pytest.approx(timedelta(days=7), abs=timedelta(1))
    await scene.company.fault("blacklist")
    await scene.next_round()
    (anew,) = scene.pager.standing().subscribed_until.values()
    assert anew > scene.company.clock.now()


async def test_webhook_tells_how_late_it_is(scene: Scene) -> None:
    """By RingCentral's time of the event and ours."""
    await scene.page_us()
    await scene.nudged()
    lag = scene.company.ears.events("webhook.received")[-1]["lag_ms"]
    assert isinstance(lag, int)
    assert 0 <= lag < 60_000


def test_credential_tells_its_end() -> None:
    """A JWT's own claim; RingCentral's may have no end, and what is no JWT has none."""
    assert ends_at(jwt(exp=int(NOW.timestamp()))) == NOW
    assert ends_at(jwt(sub="1")) is None
    assert ends_at(jwt(exp="soon")) is None
    assert ends_at(jwt(exp=10**30)) is None
    assert ends_at("") is None
    assert ends_at("a.b.c") is None
    assert ends_at("a.é.c") is None


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 08:00:00 GMT"])
def test_date_that_is_none_says_nothing(date: str) -> None:
    """A proxy may leave it out or spoil it."""
    clock = UpstreamClock()
    clock.heard(date, NOW)
    assert clock.ahead_s is None
    clock.heard("Sun, 22 Nov 2026 07:59:00 GMT", NOW)
    assert clock.ahead_s == 60
