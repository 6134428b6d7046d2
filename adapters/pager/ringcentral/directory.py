"""The company's directory: extensions, departments with their members, managers where visible.

A department *is* a call queue. The extension list holds all queues with their ids, so the list of
call queues is not needed; members come one queue at a time from the Light group. Nobody waits for
a load: it takes its turn behind everything else.

Source: RingCentral API specification, "Extensions" and "Call Queues".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from typing_extensions import override

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.client import OWN_EXTENSION, Call, Sender, every_page
from adapters.pager.ringcentral.gates import Group
from adapters.pager.ringcentral.limiter import Share
from adapters.pager.ringcentral.senders import Senders
from gateway.domain.directory import (
    Department,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.errors import PagerError, PagerRejectedError
from gateway.domain.ids import ExtensionNumber
from gateway.ports.clock import Clock
from gateway.ports.pager import PeopleDirectory

ACCOUNT = "/restapi/v1.0/account/~"
PER_PAGE = (("perPage", "250"),)
"""RingCentral would give 1000, but entries are about 1 kB and an answer may have 1 MB."""

KINDS: Mapping[str, ExtensionKind] = {
    **dict.fromkeys(
        ("User", "DigitalUser", "VirtualUser", "FaxUser", "FlexibleUser"), ExtensionKind.PERSON
    ),
    "Department": ExtensionKind.DEPARTMENT,
}
STATUSES: Mapping[str, ExtensionStatus] = {
    "Enabled": ExtensionStatus.ENABLED,
    "Disabled": ExtensionStatus.DISABLED,
    "Frozen": ExtensionStatus.FROZEN,
    "NotActivated": ExtensionStatus.NOT_ACTIVATED,
    "Unassigned": ExtensionStatus.UNASSIGNED,
}

Managers = dict[ExtensionNumber, tuple[ExtensionNumber, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An extension and RingCentral's own id for it."""

    id: str
    extension: Extension


class RingCentralDirectory(PeopleDirectory):
    """Reads the directory as the shared sender."""

    def __init__(self, senders: Senders, clock: Clock) -> None:
        self._senders = senders
        self._clock = clock
        self.known_departments: frozenset[ExtensionNumber] = frozenset()
        """Departments of the last load; they tell apart the two meanings of one error code."""

    @override
    async def load(self) -> DirectorySnapshot:
        sender = self._senders.shared.sender
        taken_at = self._clock.now()
        listed = await every_page(sender.ask_in_turn, _list_call(), read_entry)
        entries = [entry for entry in listed if entry is not None]
        managers = await self._managers()
        departments = await self._departments(sender, entries, managers)
        self.known_departments = frozenset(department.number for department in departments)
        extensions = tuple(entry.extension for entry in entries)
        return DirectorySnapshot(extensions, departments, taken_at)

    async def _departments(
        self, sender: Sender, entries: list[Entry], managers: Managers
    ) -> tuple[Department, ...]:
        numbers = {entry.id: entry.extension.number for entry in entries}
        found = []
        for entry in entries:
            queue = entry.extension
            if queue.kind is ExtensionKind.DEPARTMENT:
                members = await _members(sender, entry.id, numbers)
                if members is not None:
                    of_queue = managers.get(queue.number, ())
                    found.append(Department(queue.number, queue.name, members, of_queue))
        return tuple(found)

    async def _managers(self) -> Managers:
        """Ask each of our senders which departments they manage; nobody else can be asked.

        Nobody signs in for this: only a few may each minute, and names would wait for all of them.
        """
        managers: Managers = {}
        for account in self._senders.accounts:
            ask = account.sender.ask_in_turn
            try:
                if not await account.sender.signed_in():
                    continue
                managed = await every_page(ask, _grant_call(), _managed_department)
            except PagerError:
                continue  # a permission that is often missing; managers are a courtesy
            for department in managed:
                if department and account.number:
                    managers[department] = (*managers.get(department, ()), account.number)
        return managers


async def _members(
    sender: Sender, queue: str, numbers: Mapping[str, ExtensionNumber]
) -> tuple[ExtensionNumber, ...] | None:
    """Read a department's members, active or not; `None` if it is gone by now."""
    read = partial(read_member, numbers=numbers)
    try:
        listed = await every_page(sender.ask_in_turn, _members_call(queue), read)
    except PagerRejectedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return tuple(dict.fromkeys(number for number in listed if number))


def _list_call() -> Call:
    return Call("extension.list", Group.MEDIUM, "GET", f"{ACCOUNT}/extension", PER_PAGE)


def _members_call(queue: str) -> Call:
    path = f"{ACCOUNT}/call-queues/{queue}/members"
    name = "call-queue.members"
    return Call(name, Group.LIGHT, "GET", path, PER_PAGE, share=Share.ORDINARY)


def _grant_call() -> Call:
    query = (*PER_PAGE, ("extensionType", "Department"))
    return Call("grant.list", Group.LIGHT, "GET", f"{OWN_EXTENSION}/grant", query)


def read_entry(record: wire.Record) -> Entry | None:
    """Read an entry of the extension list; those without a number cannot be paged."""
    if "extensionNumber" not in record:
        return None
    contact = record.get("contact")
    card = contact if isinstance(contact, dict) else {}
    number = ExtensionNumber(wire.an_id(record, "extensionNumber"))
    extension = Extension(
        number=number,
        name=wire.readable(wire.text(record, "name", number)),
        kind=KINDS.get(wire.text(record, "type", ""), ExtensionKind.OTHER),
        # A status we do not know is not one we can page.
        status=STATUSES.get(wire.text(record, "status", ""), ExtensionStatus.DISABLED),
        label=wire.readable(wire.text(card, "department", "") or wire.text(card, "jobTitle", "")),
        email=wire.readable(wire.text(card, "email", "")),
    )
    return Entry(wire.slug(record, "id"), extension)


def read_member(
    record: wire.Record, numbers: Mapping[str, ExtensionNumber]
) -> ExtensionNumber | None:
    """Read a member of a department; `numbers` knows extensions by RingCentral's own ids."""
    known = numbers.get(wire.an_id(record, "id"))
    return known or ExtensionNumber(wire.text(record, "extensionNumber", "")) or None


def _managed_department(record: wire.Record) -> ExtensionNumber | None:
    if record.get("callQueueSetup") is not True:
        return None
    queue = wire.as_record(record.get("extension"), "extension")
    return ExtensionNumber(wire.text(queue, "extensionNumber", "")) or None
