"""RingCentral's JSON, read tolerantly: unknown fields pass, needed ones are checked.

Errors name the place, never the value: answers hold page texts and tokens.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from gateway.domain.deliveries import PagerReceipt
from gateway.domain.ids import ConversationId, ExtensionNumber, PagerMessageId
from gateway.domain.inbound import PagerMessage

MAX_ID_LENGTH = 64
ALIVE = "Alive"

Record = Mapping[str, object]


class WireError(ValueError):
    """An answer that cannot be understood; the text names the place only."""


def parse(body: bytes) -> Record:
    """Read a JSON object.

    Raises:
        WireError: not JSON, too deep, a number that is none, or not an object.
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        value = None  # the decoder's own error carries the whole document
    return as_record(value, "the body")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def as_record(value: object, where: str) -> Record:
    """Take a JSON object."""
    if not isinstance(value, dict):
        raise WireError(f"{where} is not an object")
    return value


def records(answer: Record) -> Iterator[Record]:
    """Walk the `records` of a list answer."""
    found = answer.get("records")
    if not isinstance(found, list):
        raise WireError("records is not a list")
    return (as_record(each, "a record") for each in found)


def has_next_page(answer: Record) -> bool:
    """Tell whether `navigation` offers another page."""
    navigation = answer.get("navigation")
    return isinstance(navigation, dict) and bool(navigation.get("nextPage"))


def text(record: Record, key: str, default: str | None = None) -> str:
    """Read a string; without `default` it must be there. Null counts as absent."""
    value = record.get(key)
    if value is None:
        value = default
    if not isinstance(value, str):
        raise WireError(f"{key} is not a string")
    return value


def an_id(record: Record, key: str) -> str:
    """Read an id, which may come as an integer or a string, as a string."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_LENGTH or not value.isprintable():
        raise WireError(f"{key} is not an id")
    return value


def slug(record: Record, key: str) -> str:
    """Read an id that will be part of a path."""
    value = an_id(record, key)
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise WireError(f"{key} is not fit for a path")
    return value


def seconds(record: Record, key: str, default: int | None = None) -> int:
    """Read a duration in whole seconds. Null counts as absent."""
    value = record.get(key)
    if value is None:
        value = default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 2**40:
        raise WireError(f"{key} is not a number of seconds")
    return value


def moment(record: Record, key: str) -> datetime:
    """Read an ISO 8601 time as aware UTC."""
    try:
        found = datetime.fromisoformat(text(record, key))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WireError(f"{key} is not a time") from None


def iso(at: datetime) -> str:
    """Write a time the way RingCentral does: UTC with milliseconds and `Z`."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def whole_unicode(said: str) -> str:
    """Replace lone surrogates, which JSON can carry and no pager can show."""
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def readable(said: str) -> str:
    """Drop control characters, except line breaks and tabs, from foreign text."""
    return "".join(c for c in said if (c >= " " and c != "\x7f") or c in "\n\t")


def receipt(record: Record) -> PagerReceipt:
    """Read the answer to a page: the sender's own copy."""
    return PagerReceipt(
        message=PagerMessageId(an_id(record, "id")),
        conversation=conversation(record),
        sent_at=moment(record, "creationTime"),
    )


def conversation(record: Record) -> ConversationId:
    """Read the conversation's id, the string before the number.

    The number is above 2^53; some samples have only it, some neither (then the message began the
    conversation and gave it its own id).
    """
    named = record.get("conversation")
    if isinstance(named, dict) and "id" in named:
        return ConversationId(an_id(named, "id"))
    return ConversationId(an_id(record, "conversationId" if "conversationId" in record else "id"))


def is_alive_page(record: Record) -> bool:
    """Tell a page from other messages and from what is left of deleted ones."""
    return record.get("type") == "Pager" and record.get("availability", ALIVE) == ALIVE


def is_tombstone(record: Record) -> bool:
    """Tell what is left of a deleted message, an id without words."""
    return record.get("availability", ALIVE) != ALIVE and "subject" not in record


def message(record: Record, mailbox: ExtensionNumber) -> PagerMessage:
    """Read one mailbox's copy of a page.

    Some answers list the sender in `to`, so the participants are from + to without oneself.
    """
    author = as_record(record.get("from"), "from")
    sender = text(author, "extensionNumber", "")
    return PagerMessage(
        mailbox=mailbox,
        id=PagerMessageId(an_id(record, "id")),
        conversation=conversation(record),
        inbound=record.get("direction") == "Inbound",
        sender=ExtensionNumber(sender),
        sender_name=readable(text(author, "name", "")),
        to=_recipients(record, {sender, mailbox, ""}),
        text=readable(text(record, "subject", "")),
        created_at=moment(record, "creationTime"),
    )


def _recipients(record: Record, without: set[str]) -> tuple[ExtensionNumber, ...]:
    listed = record.get("to")
    if not isinstance(listed, list):
        return ()
    numbers = (text(as_record(each, "to"), "extensionNumber", "") for each in listed)
    return tuple(dict.fromkeys(ExtensionNumber(n) for n in numbers if n not in without))


def by_age(found: PagerMessage) -> tuple[datetime, int, str]:
    """Order messages: by creation, then by id as a number."""
    return found.created_at, int(found.id) if found.id.isdigit() else 0, found.id
