"""Event filters: what a subscription wants to hear of.

Source: RingCentral, "Event filters". Known here: messages of one's own extension, changes of
extensions, and the reminder that a subscription is about to end.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from adapters.pager.embedded.directory import Directory, Extension
from adapters.pager.embedded.errors import ApiError, refuse

_PATH = re.compile(
    r"/restapi/v1\.0/account/(?P<account>~|\d{1,18})/extension"
    r"(?:/(?P<extension>~|\d{1,18})(?P<messages>/message-store)?)?"
)
_REMINDER = "/restapi/v1.0/subscription/~"
_TYPES = frozenset({"Fax", "SMS", "VoiceMail", "Pager"})
_DIRECTIONS = frozenset({"Inbound", "Outbound"})


@dataclass(frozen=True, slots=True)
class EventFilter:
    """One filter, ids filled in. `extension` is `None` for changes of any extension.

    `threshold_s` is set on reminders only: an event that many seconds before the end, repeated
    every `interval_s`.
    """

    path: str
    query: str = ""
    extension: int | None = None
    messages: bool = False
    types: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    threshold_s: int | None = None
    interval_s: int = 0

    @property
    def text(self) -> str:
        """The filter as RingCentral shows it."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def wants_message(self, mailbox: int, direction: str | None) -> bool:
        """Whether a page in a mailbox matters; `None` stands for any direction."""
        return (
            self.messages
            and self.extension == mailbox
            and (not self.types or "Pager" in self.types)
            and (not self.directions or direction is None or direction in self.directions)
        )

    def wants_change_of(self, extension: int) -> bool:
        """Whether a change of an extension matters."""
        if self.messages or self.threshold_s is not None:
            return False
        return self.extension in {None, extension}


def read_filter(text: str, caller: Extension, directory: Directory) -> EventFilter:
    """Read a filter as `caller` wrote it.

    Raises:
        ApiError: SUB-508 unknown, SUB-405 another's messages, SUB-406 another account, SUB-408
            unknown extension, SUB-516 a reminder without its numbers.
    """
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.path == _REMINDER:
        return _reminder(parts.query, query)
    found = _PATH.fullmatch(parts.path)
    if found is None or parts.scheme or parts.netloc:
        raise refuse("SUB-508")
    if found["account"] not in {"~", str(directory.account_id)}:
        raise refuse("SUB-406")
    extension = _extension(found["extension"], caller, directory)
    messages = found["messages"] is not None
    if messages and extension != caller.id:
        raise refuse("SUB-405")
    base = f"/restapi/v1.0/account/{directory.account_id}/extension"
    path = base if extension is None else f"{base}/{extension}"
    return EventFilter(
        path=f"{path}/message-store" if messages else path,
        query=parts.query,
        extension=extension,
        messages=messages,
        types=_chosen(query.get("type"), _TYPES),
        directions=_chosen(query.get("direction"), _DIRECTIONS),
    )


def _extension(name: str | None, caller: Extension, directory: Directory) -> int | None:
    if name is None:
        return None
    if name == "~":
        return caller.id
    if int(name) not in directory.extensions:
        raise refuse("SUB-408")
    return int(name)


def _chosen(value: str | None, known: frozenset[str]) -> frozenset[str]:
    if value is None:
        return frozenset()
    if value not in known:
        raise refuse("SUB-508")
    return frozenset({value})


def _reminder(text: str, query: dict[str, str]) -> EventFilter:
    numbers = [query.get("threshold", ""), query.get("interval", "")]
    if not all(each.isascii() and each.isdigit() and len(each) <= 9 for each in numbers):  # noqa: PLR2004  ten years
        raise refuse("SUB-516")
    threshold, interval = map(int, numbers)
    return EventFilter(_REMINDER, text, threshold_s=threshold, interval_s=interval)


def check_reminder(reminder: EventFilter, lifetime_s: int) -> ApiError | None:
    """Return the refusal of a reminder that does not fit the subscription's lifetime."""
    threshold = reminder.threshold_s or 0
    fits = 0 < threshold <= lifetime_s / 2 and 0 < reminder.interval_s <= threshold / 2
    return None if fits else refuse("SUB-516")
