"""What an operator is told when the directory is read again."""

from dataclasses import replace

from gateway.domain.directory import ExtensionStatus
from gateway.domain.directory_changes import directory_change
from gateway.domain.ids import ExtensionNumber
from tests.services.acme import Acme

BO, LEE, DBA = ExtensionNumber("102"), ExtensionNumber("119"), ExtensionNumber("400")


async def test_a_reading_is_told_by_what_is_different(acme: Acme) -> None:
    """Who came, who went, whose name or status is another, and who is in which department."""
    acme.pager.people[ExtensionNumber("120")] = replace(
        acme.pager.people[BO], number=ExtensionNumber("120"), name="Kai Ito"
    )
    acme.pager.people[BO] = replace(acme.pager.people[BO], status=ExtensionStatus.FROZEN)
    del acme.pager.people[LEE]
    acme.pager.members[DBA] = [ExtensionNumber("101"), BO, ExtensionNumber("120")]
    change = await acme.directory.rehearse()
    assert [each.name for each in change.added] == ["Kai Ito"]
    assert [each.number for each in change.removed] == [LEE]
    (altered,) = change.altered
    assert (altered.before.status, altered.after.status) == ("enabled", "frozen")
    (department,) = change.members
    assert (department.joined, department.left) == (("120",), ("104", "119"))
    assert str(change) == "extensions +1 -1 ~1, departments ~1"


async def test_a_rehearsal_takes_nothing_up(acme: Acme) -> None:
    """The directory in use stays the one that was read."""
    del acme.pager.people[BO]
    assert await acme.directory.rehearse()
    assert acme.directory.current.extension(BO)
    same = acme.directory.current.snapshot
    assert str(directory_change(same, same)) == "nothing changed"
