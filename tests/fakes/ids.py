"""Names that are the same in every run."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from typing_extensions import override

from gateway.domain.ids import DraftId, Ref
from gateway.ports.ids import Ids


@dataclass
class CountedIds(Ids):
    """`pg_AAAA02`, `pg_AAAA03` …; `next_refs` come first, for names that are taken already."""

    next_refs: list[str] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(2))

    @override
    def ref(self, prefix: str) -> Ref:
        if self.next_refs:
            return Ref(self.next_refs.pop(0))
        return Ref(f"{prefix}_AAAA{next(self._count):02}")

    @override
    def draft(self) -> DraftId:
        return DraftId(f"dr_{next(self._count):04}")

    @override
    def secret(self) -> str:
        return f"secret-{next(self._count):036}"

    @override
    def jitter(self) -> float:
        return 0.5
