"""RingCentral's refusals in our words: one table, by status and error code, never by text.

Source: RingCentral's developer guide and API specification 1.0.46 (the last with codes per
operation). What the table does not know is decided by the status alone, and stays traceable by
`vendor_code` and `trace` (the answer's `RCRequestId`).
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from adapters.pager.ringcentral.transport import Answer
from adapters.pager.ringcentral.wire import Record, WireError, parse
from gateway.domain.errors import (
    DepartmentSenderError,
    EmptyDepartmentError,
    MessageTooLongError,
    NotAParticipantError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerThrottledError,
    PagerUnavailableError,
    PagerUnknownRecipientError,
    PermissionKind,
    PermissionMissingError,
    RecipientUnavailableError,
    SenderMismatchError,
    ThreadTooOldError,
    WrongRecipientTypeError,
)
from gateway.domain.ids import ExtensionNumber

FULL_SYNC_NEEDED = frozenset({"MSG-333", "CMN-101"})
"""What a sync says, with 400, when its token is of no use any more."""

EVERY_GROUP = frozenset({"CMN-302", "CMN-310"})
"""Limits above the groups: with these, every call of the sender has to wait."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call was about, so that an error can name people; `departments` as far as known."""

    sender: str = ""
    to: tuple[ExtensionNumber, ...] = ()
    departments: AbstractSet[ExtensionNumber] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal as RingCentral words it. `word` is the older code on the top level.

    `grant_over`: what was presented to sign in with is used up, revoked or too old (RFC 6749).
    """

    status: int
    code: str = ""
    word: str = ""
    grant_over: bool = False
    parameter: str = ""
    value: str = ""
    permission: str = ""
    trace: str = ""


Maker = Callable[[Said, Subject], PagerError]


@dataclass(frozen=True, slots=True)
class Row:
    """A refusal we know. `about` is the beginning of the parameter's name; empty fits any."""

    status: int
    code: str
    make: Maker
    about: str = ""


# --- makers: each says which of our errors it is, and names whom it concerns --------------------


def _plain(kind: Callable[..., PagerError]) -> Maker:
    return lambda said, _: kind(vendor_code=said.code, trace=said.trace)


def _named(said: Said, subject: Subject) -> ExtensionNumber | None:
    """Find the recipient an error is about: by value, by index, or because there is only one.

    Only numbers of our own request are ever named; the answer's text is not trusted.
    """
    if said.value in subject.to:
        return ExtensionNumber(said.value)
    index = re.match(r"to\[(\d{1,4})\]", said.parameter)
    if index and int(index[1]) < len(subject.to):
        return subject.to[int(index[1])]
    return subject.to[0] if len(subject.to) == 1 else None


def _unavailable_recipient(said: Said, subject: Subject) -> PagerError:
    named = _named(said, subject)
    extensions = (named,) if named else ()
    return RecipientUnavailableError(said.code, said.trace, extensions=extensions)


def _unknown_recipient(said: Said, subject: Subject) -> PagerError:
    named = _named(said, subject) or ""
    return PagerUnknownRecipientError(said.code, said.trace, extension=named)


def _wrong_type(said: Said, subject: Subject) -> PagerError:
    named = _named(said, subject) or ""
    return WrongRecipientTypeError(said.code, said.trace, extension=named)


def _empty_department(said: Said, subject: Subject) -> PagerError:
    """Resolve MSG-316, which means "no such extension" or "a department without members".

    It is the former if we know the departments and none was addressed.
    """
    addressed = [number for number in subject.to if number in subject.departments]
    if subject.departments and not addressed:
        return _unknown_recipient(said, subject)
    named = _named(said, subject) or (addressed[0] if len(addressed) == 1 else "")
    return EmptyDepartmentError(said.code, said.trace, department=named)


def _department_sender(said: Said, subject: Subject) -> PagerError:
    return DepartmentSenderError(said.code, said.trace, department=subject.sender)


def _not_a_participant(said: Said, subject: Subject) -> PagerError:
    return NotAParticipantError(said.code, said.trace, sender=subject.sender)


def _auth(said: Said, subject: Subject) -> PagerError:
    return PagerAuthError(said.code or said.word, said.trace, sender=subject.sender)


def _rejected(said: Said, _: Subject) -> PagerError:
    return PagerRejectedError(said.code or said.word, said.trace, status=said.status)


def _permission(kind: PermissionKind) -> Maker:
    return lambda said, _: PermissionMissingError(
        said.code, said.trace, kind=kind, permission=said.permission
    )


_sender_mismatch = _plain(SenderMismatchError)
_too_old = _plain(ThreadTooOldError)
_too_long = _plain(MessageTooLongError)
_throttled = _plain(PagerThrottledError)
_unavailable = _plain(PagerUnavailableError)
_unknown_outcome = _plain(PagerOutcomeUnknownError)
_app = _permission(PermissionKind.APP)
_person = _permission(PermissionKind.PERSON)
_feature = _permission(PermissionKind.FEATURE)

TABLE: tuple[Row, ...] = (
    # Threads.
    Row(403, "MSG-326", _not_a_participant),
    Row(403, "MSG-325", _too_old),
    # A message that is no longer in the mailbox: nothing is left to reply to.
    Row(400, "CMN-102", _too_old, about="replyOn"),
    # Recipients. RingCentral's own client treats the undocumented CMN-414 like CMN-102.
    Row(400, "MSG-324", _unavailable_recipient),
    Row(400, "MSG-316", _empty_department),
    Row(403, "MSG-314", _wrong_type),
    Row(400, "CMN-101", _unknown_recipient, about="to"),
    Row(400, "CMN-102", _unknown_recipient, about="to"),
    Row(400, "CMN-414", _unknown_recipient, about="to"),
    Row(404, "CMN-102", _unknown_recipient, about="to"),
    # Senders.
    Row(403, "MSG-330", _department_sender),
    Row(400, "MSG-331", _sender_mismatch),
    Row(400, "MSG-332", _sender_mismatch),
    Row(400, "MSG-335", _sender_mismatch),
    Row(400, "CMN-101", _sender_mismatch, about="from"),
    Row(400, "CMN-102", _sender_mismatch, about="from"),
    Row(400, "CMN-414", _sender_mismatch, about="from"),
    # Text.
    Row(400, "MSG-337", _too_long),
    Row(400, "MSG-338", _too_long),
    Row(400, "CMN-101", _too_long, about="text"),
    # Permissions.
    Row(403, "CMN-401", _app),
    Row(403, "CMN-404", _app),
    Row(403, "CMN-419", _app),
    Row(403, "CMN-402", _person),
    Row(403, "CMN-408", _person),
    Row(403, "CMN-403", _feature),
    Row(403, "CMN-109", _feature),
    # Signing in. Any other 401 is treated alike.
    Row(403, "OAU-105", _auth),
    Row(403, "OAU-141", _auth),
    Row(403, "OAU-142", _auth),
    Row(403, "OAU-165", _auth),
    Row(403, "OAU-167", _auth),
    # Rates. A twin of the same request is running: it may be the one that gets through.
    Row(429, "CMN-304", _unknown_outcome),
    Row(429, "CMN-301", _throttled),
    Row(429, "CMN-302", _throttled),
    Row(429, "CMN-303", _throttled),
    Row(429, "CMN-310", _throttled),
    Row(429, "MSG-305", _throttled),
    # The service. Maintenance is the only 5xx that says nothing was done.
    Row(503, "CMN-211", _unavailable),
    Row(503, "MaintenanceMode", _unavailable),
    # Known, and nothing an author could mend: our own bugs, ids in paths, subscriptions.
    *(Row(400, code, _rejected) for code in ("CMN-101", "CMN-102", "CMN-103", "CMN-104")),
    *(Row(400, code, _rejected) for code in ("CMN-105", "CMN-106", "CMN-108", "CMN-110")),
    *(Row(400, code, _rejected) for code in ("CMN-407", "MSG-333", "MSG-390")),
    *(Row(404, code, _rejected) for code in ("CMN-102", "CMN-120", "SUB-507")),
    *(Row(403, f"SUB-{n}", _rejected) for n in (405, 406, 408, 505, 527)),
    *(Row(400, f"SUB-{n}", _rejected) for n in (508, 516, 520, 521, 523, 524, 525)),
    *(Row(400, code, _rejected) for code in ("OAU-232", "OAU-236")),
    Row(416, "CMN-107", _rejected),
)

_BY_STATUS: dict[int, Maker] = {
    401: _auth,
    408: _unknown_outcome,  # a proxy gave up on either of us
    429: _throttled,
}


def translate(answer: Answer, subject: Subject) -> PagerError:
    """Put a refused call into our words. `retry_at` is left to those who know the time."""
    said = read_refusal(answer)
    for row in TABLE:
        known = {said.code, said.word}
        if row.status == said.status and row.code in known and _is_about(said, row):
            return row.make(said, subject)
    return _by_status(said.status)(said, subject)


def _is_about(said: Said, row: Row) -> bool:
    return re.match(rf"{row.about}(?![a-z])", said.parameter) is not None if row.about else True


def _by_status(status: int) -> Maker:
    special = _BY_STATUS.get(status)
    if special:
        return special
    # A redirect or a strange success proves nothing about the send either.
    return _rejected if 400 <= status < 500 else _unknown_outcome  # noqa: PLR2004  HTTP classes


def read_refusal(answer: Answer) -> Said:
    """Read an error body, whatever it is: `errors[0]` first, the top level as a fallback."""
    try:
        top = parse(answer.body)
    except WireError:
        return Said(answer.status, trace=answer.trace)
    first = _first_error(top)
    take = partial(_short, first)
    return Said(
        status=answer.status,
        code=_code(first, "errorCode") or _code(top, "errorCode"),
        word=_code(top, "errorCode") or _code(top, "error"),
        grant_over=_code(top, "error") == "invalid_grant",
        parameter=take("parameterName"),
        value=take("parameterValue"),
        permission=take("permissionName"),
        trace=answer.trace,
    )


def _first_error(top: Record) -> Record:
    listed = top.get("errors")
    several = (
        [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    )
    return several[0] if several else top


def _short(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,64}", value) else ""


def _code(record: Record, key: str) -> str:
    """Read a code; anything that does not look like one is not carried along."""
    value = record.get(key)
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value) else ""
