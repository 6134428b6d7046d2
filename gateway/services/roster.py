"""Names that mean several: aliases of the settings and the routes file, and who is on call now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from gateway.domain.directory import Sets, fold
from gateway.domain.routing.routes import Routes
from gateway.ports.clock import Clock
from gateway.services.alerts.rules import RuleBook


@dataclass
class Roster(Sets):
    """Works out who is behind a name at the moment of asking: duty changes by itself.

    Sets may hold sets; one that holds its own name means the entry of the directory. Of two with
    one name the routes file's holds. Circles are refused where they are written; one through both
    files adds nothing.
    """

    clock: Clock
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    book: RuleBook | None = None
    _read: Routes | None = field(default=None, init=False)
    _index: dict[str, str] = field(default_factory=dict, init=False)

    @override
    def members(self, name: str, /) -> tuple[str, ...] | None:
        if fold(name) not in self._by_name():
            return None
        return tuple(dict.fromkeys(self._behind(name, "", set())))

    @override
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name().values())

    def _behind(self, name: str, holder: str, seen: set[str]) -> Iterator[str]:
        """List the members of members; each set is opened once."""
        written = self._by_name().get(fold(name))
        if written is None or written == holder:
            yield name
        elif written not in seen:
            seen.add(written)
            for member in self._directly(written):
                yield from self._behind(member, written, seen)

    def _directly(self, written: str) -> tuple[str, ...]:
        rules = self.book.rules if self.book else None
        if rules and written in rules.schedules:
            return rules.schedules[written].at(self.clock.now())
        if rules and written in rules.aliases:
            return tuple(rules.aliases[written])
        return self.aliases[written]

    def _by_name(self) -> dict[str, str]:
        """Index the names as they are compared; anew when the routes file was read again."""
        rules = self.book.rules if self.book else None
        if not self._index or rules is not self._read:
            several = (self.aliases, *((rules.aliases, rules.schedules) if rules else ()))
            self._index = {fold(name): name for names in several for name in names}
            self._read = rules
        return self._index
