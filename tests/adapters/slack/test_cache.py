"""What Slack told us, kept for a while."""

import asyncio

import pytest

from adapters.chat.slack.cache import Cache
from gateway.domain.errors import ChatUnavailableError
from tests.fakes.clock import SkippingClock


class Source:
    """Answers with how often it was asked, or not at all."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def load(self, key: str) -> int:
        self.asked.append(key)
        answer = len(self.asked)
        await asyncio.sleep(0)  # noqa: TID251 - lets others run, waits for nothing
        if self.away:
            raise ChatUnavailableError
        return answer


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock()


def cache(source: Source, clock: SkippingClock, most: int = 10) -> Cache[str, int]:
    return Cache(source.load, clock, fresh_s=60, stale_s=3_600, most=most)


async def test_many_who_ask_at_once_ask_once(source: Source, clock: SkippingClock) -> None:
    """Each key by itself."""
    names = cache(source, clock)
    answers = await asyncio.gather(*(names.get(key) for key in "aabab"))
    assert source.asked == ["a", "b"]
    assert answers == [1, 1, 2, 1, 2]


async def test_old_answers_are_asked_for_again(source: Source, clock: SkippingClock) -> None:
    """After a minute here; and when told that things changed."""
    names = cache(source, clock)
    first = await names.get("a")
    clock.move(61)
    second = await names.get("a")
    names.forget("a")
    assert (first, second, await names.get("a")) == (1, 2, 3)


async def test_while_nobody_answers_old_news_serve(source: Source, clock: SkippingClock) -> None:
    """For an hour here; then it is said that nobody answers."""
    names = cache(source, clock)
    await names.get("a")
    source.away = True
    clock.move(3_600)
    assert await names.get("a") == 1
    clock.move(3)
    with pytest.raises(ChatUnavailableError):
        await names.get("a")


async def test_those_who_wait_share_a_failure(source: Source, clock: SkippingClock) -> None:
    """A crowd behind a slow failure does not fail one after the other."""
    names = cache(source, clock)
    source.away = True
    results = await asyncio.gather(*(names.get("a") for _ in range(5)), return_exceptions=True)
    assert all(isinstance(each, ChatUnavailableError) for each in results)
    assert source.asked == ["a"]
    source.away = False
    clock.move(3)
    assert await names.get("a") == 2


async def test_memory_is_bounded(source: Source, clock: SkippingClock) -> None:
    """The longest unused goes first."""
    names = cache(source, clock, most=2)
    for key in "abac":
        await names.get(key)
    assert names.peek("a") is not None
    assert names.peek("b") is None
