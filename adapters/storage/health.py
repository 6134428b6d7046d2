"""Says that the database went away once, and once that it is back."""

from collections.abc import Callable

from gateway.domain.errors import FactValue

Saw = Callable[[str, dict[str, FactValue]], None]


class Health:
    """What the log hears of a writer. `saw` is called from the writer's own thread."""

    def __init__(self, saw: Saw) -> None:
        self._saw = saw
        self.trouble = ""
        """Why the last transaction did not go through; empty while they do."""

    def fine(self) -> None:
        """Note a transaction that went through."""
        if self.trouble:
            self.trouble = ""
            self._saw("store.recovered", {})

    def failed(self, cause: str) -> None:
        """Note one that did not."""
        if not self.trouble:
            self._saw("store.write_failed", {"error_code": cause})
        self.trouble = cause

    def stopped(self, cause: str) -> None:
        """Note that nothing more will be written until a person has looked."""
        self.trouble = cause
        self._saw("store.stopped", {"error_code": cause})
