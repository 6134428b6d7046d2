"""What is remembered for a while, and then is gone from memory."""

from weakref import ref

from adapters.chat.slack.memory import Memory
from tests.fakes.clock import SkippingClock

LASTS_S = 60.0


class Thing:
    """Tells, by a weak reference, whether somebody holds it."""


def memory(clock: SkippingClock, most: int = 3) -> Memory[str, Thing]:
    return Memory(clock, lasts_s=LASTS_S, most=most)


def test_what_is_over_is_unknown_and_let_go() -> None:
    """It is unknown at its end, and takes no room once something else is kept."""
    clock = SkippingClock()
    kept, thing = memory(clock), Thing()
    kept.keep("a", thing)
    gone = ref(thing)
    clock.move(LASTS_S - 1)
    assert kept.get("a") is thing
    clock.move(1)
    assert kept.get("a") is None
    del thing
    kept.keep("b", Thing())
    assert gone() is None


def test_the_oldest_goes_first() -> None:
    """Of more than it may hold; kept again, a thing is new again."""
    kept = memory(SkippingClock())
    for key in "abcad":
        kept.keep(key, Thing())
    assert [key for key in "abcd" if kept.get(key)] == ["a", "c", "d"]
