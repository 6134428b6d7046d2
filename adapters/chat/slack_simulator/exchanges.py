"""Each HTTP exchange with the app, both ways, as a checker wants to see it: no tokens, no texts."""

import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final, Literal

from adapters.chat.slack_simulator.clock import VirtualClock, iso
from adapters.chat.slack_simulator.stream import Stream
from adapters.chat.slack_simulator.wire import Json

REFERENCE: Final = re.compile(r"\b(?:pg|al|in)_[0-9A-Z]{4,}\b")


@dataclass(frozen=True)
class Exchange:
    """`direction` is seen from the workspace: `out` is sent to the app, `in` is its call.

    `method` is the Web API method, or the kind of what was sent; `status` None: no answer came.
    """

    seq: int
    time: str
    direction: Literal["out", "in"]
    method: str
    path: str
    status: int | None
    error: str | None
    reference: str | None
    signed: bool
    retry_num: int | None
    elapsed_ms: float
    fault: str | None


class Exchanges:
    """A ring of the newest exchanges, announced on the stream."""

    def __init__(self, clock: VirtualClock, stream: Stream, size: int = 5_000) -> None:
        self._clock = clock
        self._stream = stream
        self._kept: deque[Exchange] = deque(maxlen=size)
        self._seq = 0

    def record(
        self,
        direction: Literal["out", "in"],
        method: str,
        *,
        path: str,
        status: int | None,
        error: str | None,
        said: str,
        elapsed_s: float,
        signed: bool = False,
        retry_num: int | None = None,
        fault: str | None = None,
    ) -> None:
        """Keep one exchange; `said` is searched for a reference and forgotten."""
        self._seq += 1
        found = REFERENCE.search(said)
        exchange = Exchange(
            seq=self._seq,
            time=iso(self._clock.now()),
            direction=direction,
            method=method,
            path=path,
            status=status,
            error=error,
            reference=found.group() if found else None,
            signed=signed,
            retry_num=retry_num,
            elapsed_ms=round(elapsed_s * 1000, 2),
            fault=fault,
        )
        self._kept.append(exchange)
        self._stream.publish("exchange", channel=None, user=None, **asdict(exchange))

    def after(self, seq: int) -> list[Json]:
        """The exchanges newer than `seq` that are still kept."""
        return [asdict(exchange) for exchange in self._kept if exchange.seq > seq]
