"""Says that the database went away once, and once that it is back."""

from collections.abc import Callable

from gateway.domain.errors import FactValue

Saw = Callable[[str, dict[str, FactValue]], None]


class Health:
    """What the log hears of a writer. `saw` is called from the writer's own thread."""

    def __init__(self, saw: Saw) -> None:
        self._saw = saw
        self._failing = False

    def fine(self) -> None:
        """Note a transaction that went through."""
        if self._failing:
            self._failing = False
            self._saw("store.recovered", {})

    def failed(self, cause: str) -> None:
        """Note one that did not."""
        if not self._failing:
            self._failing = True
            self._saw("store.write_failed", {"error_code": cause})

    def stopped(self, cause: str) -> None:
        """Note that nothing more will be written until a person has looked."""
        self._failing = True
        self._saw("store.stopped", {"error_code": cause})
