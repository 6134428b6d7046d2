"""Faults a driver has ordered, waiting for what they apply to."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from adapters.chat.slack_simulator.wire import Json


@dataclass
class Fault:
    """`method` (a pattern) and `channel` narrow it down; `times` None means until removed.

    Events of what the app itself did are left alone unless `own` says otherwise.
    """

    id: str
    verb: str
    times: int | None = 1
    method: str = "*"
    channel: str | None = None
    own: bool = False
    options: Json = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        """A parameter of the verb, or its default when absent or of another type."""
        value = self.options.get(name, default)
        return value if isinstance(value, type(default)) else default

    def applies(self, method: str, channel: str | None, *, own: bool) -> bool:
        """Whether it concerns this call or event."""
        meant = self.own or not own
        return meant and fnmatchcase(method, self.method) and self.channel in {None, channel}

    def as_json(self) -> Json:
        """As `/_sim/faults` lists it."""
        return asdict(self)


class Faults:
    """The orders, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order one."""
        self._waiting.append(fault)

    def take(
        self,
        verbs: Collection[str],
        *,
        method: str = "",
        channel: str | None = None,
        own: bool = False,
    ) -> Fault | None:
        """The first that applies, counted down; None when nothing shall go wrong."""
        for fault in self._waiting:
            if fault.verb in verbs and fault.applies(method, channel, own=own):
                self._count_down(fault)
                return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._waiting.remove(fault)

    def clear(self, fault_id: str | None = None) -> None:
        """Remove one, or all."""
        self._waiting = [one for one in self._waiting if fault_id and one.id != fault_id]

    def as_json(self) -> list[Json]:
        """Those still waiting."""
        return [fault.as_json() for fault in self._waiting]
