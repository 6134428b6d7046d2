"""What happened, for logs and metrics; never message bodies, tokens or names."""

from typing import Protocol

from gateway.domain.errors import FactValue


class Observer(Protocol):
    """Hears facts. Must not raise and must not block."""

    def saw(self, event: str, /, **facts: FactValue) -> None:
        """Note an event `noun.past_verb` with its keys."""
        ...
