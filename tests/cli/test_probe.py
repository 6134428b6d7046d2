"""`gateway probe`: measures when pages show up, and what the settings should say."""

import json

import pytest
from typing_extensions import override

from adapters.pager.embedded import RunningPager
from adapters.pager.ringcentral.probing import Seen, probe
from adapters.registry import RingCentralBackend
from gateway.cli.probe import proposal
from gateway.settings import load_settings
from gateway.system import SystemClock
from tests.cli.calling import called
from tests.doctor.conftest import office as office  # noqa: PLC0414 - a fixture, used by its name
from tests.doctor.office import Office


class Hurried(SystemClock):
    """Waits by moving itself and the pager ahead."""

    def __init__(self, pager: RunningPager) -> None:
        self._pager = pager
        self._ahead_s = 0.0

    @override
    def monotonic(self) -> float:
        return self._ahead_s

    @override
    async def sleep(self, seconds: float) -> None:
        self._ahead_s += seconds
        self._pager.clock.advance(seconds)


def backend(office: Office) -> RingCentralBackend:
    office.write()
    pager = load_settings(office.file).pager
    assert isinstance(pager, RingCentralBackend)
    return pager


async def test_the_lag_is_measured(office: Office) -> None:
    """From acceptance until the message is listed, each page by itself."""
    office.pager.pager.faults.order({"verb": "lag_visible", "seconds": 7})
    clock = Hurried(office.pager)
    seen = [each async for each in probe(backend(office), "101", ("one", "two"), clock)]
    assert seen == [Seen(7.0), Seen(7.0)]


async def test_what_never_shows_up_is_given_up(office: Office) -> None:
    """After a minute and a half."""
    office.pager.pager.faults.order({"verb": "lag_visible", "seconds": 3600})
    clock = Hurried(office.pager)
    assert [each async for each in probe(backend(office), "101", ("one",), clock)] == [Seen(None)]


@pytest.mark.parametrize(("lags", "seconds"), [([0.2, 0.1], 5.0), ([3.0, 6.4, 5.0], 20.0)])
def test_the_proposal_has_a_margin(lags: list[float], seconds: float) -> None:
    """Too long only delays a repetition; too short would make one of a page that was sent."""
    assert proposal(lags) == seconds


async def test_nothing_is_sent_unasked(office: Office) -> None:
    """Without a terminal to ask on, `--yes` is needed; then so many pages go out."""
    office.write()
    asked = ("probe", "101", "--times", "1", "--config", office.file, "--json")
    unasked = await called(*asked)
    assert (unasked.exit_code, "--yes" in unasked.stderr) == (2, True)
    said = await called(*asked, "--yes")
    assert json.loads(said.stdout)["visible_after_s"] == 5.0
    frozen = await called("probe", "103", "--yes", "--config", office.file)
    assert (frozen.exit_code, "MSG-324" in frozen.stderr) == (1, True)
