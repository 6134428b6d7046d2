"""Who is on call: the schedules of the routes in force, in the names of the directory."""

from dataclasses import dataclass

from gateway.domain.directory import Department, fold
from gateway.domain.duty import Duty
from gateway.domain.ids import ExtensionNumber
from gateway.domain.routing.oncall import Schedule, on_call
from gateway.ports.clock import Clock
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook


@dataclass(frozen=True)
class Duties:
    """Tells who is on call, and who is next."""

    clock: Clock
    book: RuleBook
    reach: Reach

    def names(self) -> tuple[str, ...]:
        """List the schedules there are."""
        return tuple(self.book.rules.schedules)

    def all(self) -> tuple[Duty, ...]:
        """Tell about every schedule."""
        return tuple(map(self._duty, self.book.rules.schedules.values()))

    def of_schedule(self, typed: str) -> Duty | None:
        """Tell about the schedule of this name; `None` when there is none."""
        schedules = self.book.rules.schedules.values()
        found = (each for each in schedules if fold(each.name) == fold(typed))
        return next(map(self._duty, found), None)

    def of_extension(self, number: ExtensionNumber) -> tuple[Duty, ...]:
        """Tell about the schedules that stand behind a department, or in which a person has turns.

        Those stand behind a department whose name begins with its name ("dba-oncall"), and those
        whose turns are mostly its members'.
        """
        department = self.reach.directory.current.department(number)
        schedules = self.book.rules.schedules.values()
        if department:
            behind = (each for each in schedules if self._is_behind(each, department))
        else:
            behind = (e for e in schedules if number in self._numbers(e.everybody()))
        return tuple(map(self._duty, behind))

    def _is_behind(self, schedule: Schedule, department: Department) -> bool:
        if f"{fold(schedule.name)} ".startswith(f"{fold(department.name)} "):
            return True
        taking = self._numbers(schedule.everybody())
        return 2 * sum(number in department.members for number in taking) > len(taking)

    def _duty(self, schedule: Schedule) -> Duty:
        known = on_call(schedule, self.clock.now())
        return Duty(
            schedule=schedule.name,
            who=self._shown(known.who),
            numbers=self._numbers(known.who),
            until=known.until,
            following=self._shown(known.next),
        )

    def _numbers(self, names: tuple[str, ...]) -> tuple[ExtensionNumber, ...]:
        return self.reach.numbers(names, self.clock.now())

    def _shown(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Name people as the directory does; whom it does not know, as the file does."""
        shown = (self.reach.shown(self._numbers((name,))) or (name,) for name in names)
        return tuple(dict.fromkeys(each for several in shown for each in several))
