"""Randomness, so that a seed replays a run."""

from typing import Protocol

from gateway.domain.ids import DraftId, Ref


class Ids(Protocol):
    """Makes names that nobody can guess and that do not collide."""

    def ref(self, prefix: str) -> Ref:
        """Make a short reference such as `pg_7K2M`; uniqueness is the database's to prove."""
        ...

    def draft(self) -> DraftId:
        """Make an unguessable id (at least 80 bits)."""
        ...

    def secret(self) -> str:
        """Make what nobody can guess: 256 bits or more, 43 to 128 letters, digits, `-`, `_`."""
        ...

    def jitter(self) -> float:
        """Draw from 0 (included) to 1 (excluded)."""
        ...
