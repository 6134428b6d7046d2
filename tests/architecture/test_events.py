"""What the log and the metrics know of is what the code says."""

import inspect
from pathlib import Path

import pytest

from gateway import system
from gateway.web import metrics

ROOT = Path(__file__).parents[2]
KNOWN = {*system._LEVELS, *system._ENDS, *system._ENDS.values(), *metrics._ALARMS, *metrics._DOORS}


@pytest.fixture(scope="module")
def source() -> str:
    """Read the whole program, but for where events are only listed."""
    lists = {Path(str(system.__file__)), Path(str(metrics.__file__))}
    files = (file for root in ("gateway", "adapters") for file in (ROOT / root).rglob("*.py"))
    texts = (file.read_text(encoding="utf-8") for file in files if file not in lists)
    return "\n".join((*texts, inspect.getsource(system.LoopLag)))


@pytest.mark.parametrize("event", sorted(KNOWN))
def test_every_event_that_is_listed_is_seen_by_somebody(source: str, event: str) -> None:
    """One that was renamed would be logged as harmless, and raise no alarm."""
    of_several = f'"{event.partition(".")[0]}.{{'
    assert f'"{event}"' in source or of_several in source
