"""An observer that remembers what it heard."""

from dataclasses import dataclass, field

from typing_extensions import override

from gateway.domain.errors import FactValue
from gateway.ports.observer import Observer


@dataclass
class Ears(Observer):
    """Everything that was seen, in order."""

    heard: list[tuple[str, dict[str, FactValue]]] = field(default_factory=list)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.heard.append((event, facts))

    def events(self, name: str) -> list[dict[str, FactValue]]:
        """The facts of every event of this name."""
        return [facts for event, facts in self.heard if event == name]
