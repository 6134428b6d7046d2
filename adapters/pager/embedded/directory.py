"""The company as the pager knows it: extensions, departments, apps. Edits make a copy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

DEPARTMENT = "Department"
LONGEST_ID = 18

# Who has a mailbox and may sign in. Everything else (menus, sites, paging groups) is only a number.
PEOPLE_TYPES = frozenset({"User", "DigitalUser", "VirtualUser", "FlexibleUser"})

ALL_PERMISSIONS = frozenset(
    {"InternalSMS", "ReadMessages", "EditMessages", "ReadMessageContent", "ReadExtensions"}
)
ALL_FEATURES = frozenset({"PagesSending", "PagesReceiving", "ReadMessages", "ReadExtensions"})
ALL_SCOPES = frozenset(
    {"InternalMessages", "ReadMessages", "EditMessages", "ReadAccounts", "SubscriptionWebhook"}
)


class Status(StrEnum):
    """The states of an extension. Only `ENABLED` sends, receives and signs in."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    FROZEN = "Frozen"
    NOT_ACTIVATED = "NotActivated"
    UNASSIGNED = "Unassigned"


@dataclass(frozen=True, slots=True)
class Extension:
    """A person, a department (which RingCentral also calls a call queue), or another number.

    `members` and `manager` are extension ids and belong to departments. `pin` lets a person sign
    in on the consent page when development credentials are off.
    """

    id: int
    number: str
    name: str
    type: str = "User"
    status: Status = Status.ENABLED
    email: str = ""
    title: str = ""
    pin: str = ""
    members: tuple[int, ...] = ()
    manager: int | None = None
    denied_permissions: frozenset[str] = frozenset()
    missing_features: frozenset[str] = frozenset()

    @property
    def is_department(self) -> bool:
        """Whether this is a department, whose mailbox is its members'."""
        return self.type == DEPARTMENT

    @property
    def is_person(self) -> bool:
        """Whether somebody holds this phone."""
        return self.type in PEOPLE_TYPES

    @property
    def is_active(self) -> bool:
        """Whether it may send and receive."""
        return self.status is Status.ENABLED


@dataclass(frozen=True, slots=True)
class App:
    """A client application. `client_secret` `None` means public: PKCE and no client secret."""

    client_id: str
    client_secret: str | None
    name: str = "Pager gateway"
    scopes: frozenset[str] = ALL_SCOPES
    redirect_uris: tuple[str, ...] = ()
    loopback_redirects: bool = True
    issues_refresh_tokens: bool = True


@dataclass(frozen=True)
class Directory:
    """One account. Lookups by id and by extension number; edits return a new directory."""

    account_id: int
    company: str
    extensions: Mapping[int, Extension]
    apps: Mapping[str, App] = field(default_factory=dict)

    @cached_property
    def by_number(self) -> Mapping[str, Extension]:
        """Extensions that have a number, by it."""
        return {each.number: each for each in self.extensions.values() if each.number}

    @cached_property
    def _departments_by_member(self) -> Mapping[int, tuple[Extension, ...]]:
        found: dict[int, tuple[Extension, ...]] = {}
        for department in self.departments:
            for member in department.members:
                found[member] = (*found.get(member, ()), department)
        return found

    def by_id(self, text: str) -> Extension | None:
        """Find an extension by its id as clients write it: decimal, without leading zeros."""
        known = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID and text[0] != "0"
        return self.extensions.get(int(text)) if known else None

    @property
    def departments(self) -> list[Extension]:
        """Every department, in the order of the file."""
        return [each for each in self.extensions.values() if each.is_department]

    def departments_of(self, person: int) -> tuple[Extension, ...]:
        """The departments somebody belongs to right now."""
        return self._departments_by_member.get(person, ())

    def members(self, department: Extension) -> list[Extension]:
        """All members of a department, active or not."""
        return [self.extensions[each] for each in department.members if each in self.extensions]

    def active_members(self, department: Extension) -> list[Extension]:
        """The members a page to the department reaches."""
        return [each for each in self.members(department) if each.is_active and each.is_person]

    def with_extension(self, extension: Extension) -> "Directory":
        """Add an extension, or replace the one with the same id."""
        return replace(self, extensions={**self.extensions, extension.id: extension})

    def with_status(self, extension_id: int, status: Status) -> "Directory":
        """Change an extension's state."""
        return self.with_extension(replace(self.extensions[extension_id], status=status))

    def with_member(self, department_id: int, person_id: int, *, belongs: bool) -> "Directory":
        """Put somebody into a department, or take them out; either may already be so."""
        department = self.extensions[department_id]
        others = tuple(each for each in department.members if each != person_id)
        if not belongs:
            return self.with_extension(replace(department, members=others))
        if person_id in department.members:
            return self
        return self.with_extension(replace(department, members=(*others, person_id)))


def extension_id(number: str) -> int:
    """Give an extension its internal id: stable, above 2^31, unlike its number.

    Ids of one RingCentral account share their last digits.
    """
    return 400_000_000_008 + int(number) * 1000


def make_directory(
    account_id: int, company: str, extensions: Iterable[Extension], apps: Iterable[App]
) -> Directory:
    """Join extensions and apps into one account."""
    return Directory(
        account_id,
        company,
        {each.id: each for each in extensions},
        {each.client_id: each for each in apps},
    )
