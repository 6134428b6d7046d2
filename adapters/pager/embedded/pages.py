"""The rules of a page: who may send, who receives, who may still reply.

Source: RingCentral developer guide, "Sending Pager Messages". Pure decisions; `ledger` stores what
is decided here. Checks run in this order: text, `from`, `replyOn`, `to`; a page is refused as a
whole or accepted as a whole.
"""

from dataclasses import dataclass
from typing import Any

from adapters.pager.embedded.config import Dialect
from adapters.pager.embedded.directory import Directory, Extension
from adapters.pager.embedded.errors import ApiError, bad, refuse

MAX_UNITS = 1024
MAX_MESSAGE_ID = 2**63 - 1
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class World:
    """What a decision depends on: a snapshot, safe to carry to the store's thread."""

    directory: Directory
    dialect: Dialect
    now_ms: int
    visible_at_ms: int  # when lists and syncs will show what is stored now


@dataclass(frozen=True, slots=True)
class Draft:
    """A page as asked for. `to` is still raw: its turn comes after `replyOn`."""

    text: str
    sender: Any
    reply_on: int | None
    to: Any


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation a reply is meant for; `places` are the addressed extensions' ids."""

    id: int
    places: tuple[int, ...]
    last_at_ms: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """An accepted page before it is stored.

    `to` is what everybody will see; `mailboxes` get an inbound copy. `conversation` is `None` for
    a new one, which then begins with `places`.
    """

    sender: Extension
    to: tuple[Extension, ...]
    mailboxes: tuple[Extension, ...]
    places: tuple[int, ...]
    conversation: int | None


def utf16_units(text: str) -> int:
    """Measure a text as RingCentral does: a character outside the BMP counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_draft(body: dict[str, Any], dialect: Dialect) -> Draft:
    """Check the text and the shape of the rest of a company-pager request."""
    text = body.get("text")
    if not isinstance(text, str):
        raise bad("text")
    if not text:
        raise refuse(dialect.empty_text, status=400, parameter="text")
    if utf16_units(text) > MAX_UNITS:
        raise refuse(dialect.text_too_long, status=400, parameter="text")
    return Draft(without_lone_surrogates(text), body.get("from"), _reply_on(body), body.get("to"))


def without_lone_surrogates(text: str) -> str:
    """Replace what JSON can carry but no encoding can write."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _reply_on(body: dict[str, Any]) -> int | None:
    reply_on = body.get("replyOn")
    if reply_on is None:
        return None
    if not isinstance(reply_on, int) or isinstance(reply_on, bool):
        raise bad("replyOn")
    if not 0 < reply_on <= MAX_MESSAGE_ID:
        raise bad("replyOn")
    return reply_on


def department_sender(draft: Draft, caller: Extension, world: World) -> Extension | None:
    """Return the department somebody tries to send as, if so: always refused, manager or not."""
    if caller.is_department:
        return caller
    if not isinstance(draft.sender, dict) or world.dialect.department_in_from != "MSG-330":
        return None
    named = _named(draft.sender, world.directory)
    return named if named is not None and named.is_department else None


def check_sender(draft: Draft, caller: Extension, directory: Directory) -> None:
    """Refuse a `from` that is not the token's own extension."""
    if draft.sender is None:
        return
    extension_id, number = _reference(draft.sender, "from")
    if number is not None and number != caller.number:
        raise refuse("MSG-331", parameter="from", value=number)
    if extension_id is not None and extension_id != str(caller.id):
        if directory.by_id(extension_id) is None:
            raise refuse("CMN-102", status=400, parameter="from.extensionId")
        raise refuse("MSG-332", parameter="from", value=extension_id)


def recipients(draft: Draft, world: World) -> tuple[Extension, ...]:
    """Resolve and check `to`: everybody exists, is of a pageable type and state.

    Raises:
        ApiError: for the first recipient that fails, so that nobody is paged.
    """
    if draft.to is None:
        return ()
    if not isinstance(draft.to, list):
        raise bad("to")
    found = tuple(dict.fromkeys(_resolve(each, world.directory) for each in draft.to))
    if world.dialect.max_recipients is not None and len(found) > world.dialect.max_recipients:
        raise bad("to")
    check_reachable(found, world)
    return found


def check_reachable(everyone: tuple[Extension, ...], world: World) -> None:
    """Refuse a menu (MSG-314), an inactive extension (MSG-324), an empty department (MSG-316)."""
    if not all(each.is_person or each.is_department for each in everyone):
        raise refuse("MSG-314")
    if not all(each.is_active for each in everyone):
        raise refuse("MSG-324")
    for each in everyone:
        if each.is_department and not world.directory.active_members(each):
            raise _empty(each, world.dialect)


def _empty(department: Extension, dialect: Dialect) -> ApiError:
    return refuse(dialect.empty_department, status=400, parameter="to", value=department.number)


def begin(sender: Extension, to: tuple[Extension, ...], world: World) -> Envelope:
    """Address a page that starts a conversation."""
    if not to:
        raise refuse(world.dialect.no_recipient, status=400, parameter="to")
    places = [each.id for each in to]
    if not _belongs(sender, to):
        places.append(sender.id)
    return Envelope(sender, to, _mailboxes(sender, to, world), tuple(dict.fromkeys(places)), None)


def _belongs(sender: Extension, to: tuple[Extension, ...]) -> bool:
    """Whether the author's place is through an addressed department, to be lost with it."""
    return any(sender.id in each.members for each in to)


def reply(
    sender: Extension, conversation: Conversation, named: tuple[Extension, ...], world: World
) -> Envelope:
    """Address a reply: the conversation's people as they are now; `to` adds nobody.

    `check_may_reply` comes first. The recipients named were checked already; those implied, when
    `to` is missing, are checked here.
    """
    places = [world.directory.extensions.get(each) for each in conversation.places]
    implied = tuple(each for each in places if each is not None and each.id != sender.id)
    everyone = implied or tuple(each for each in places if each is not None)
    added = tuple(each for each in named if each not in everyone and each.id != sender.id)
    if world.dialect.reply_adds_people:
        everyone = (*everyone, *added)
    if not named and not all(each.is_active for each in everyone):
        raise refuse("MSG-324")
    to = tuple(each for each in everyone if each.is_active)
    return Envelope(
        sender,
        to,
        _reply_mailboxes(sender, to, world),
        tuple(dict.fromkeys((*conversation.places, *(each.id for each in everyone)))),
        conversation.id,
    )


def _reply_mailboxes(
    sender: Extension, to: tuple[Extension, ...], world: World
) -> tuple[Extension, ...]:
    mailboxes = _mailboxes(sender, to, world)
    deserted = [
        each for each in to if each.is_department and not world.directory.active_members(each)
    ]
    if deserted and not mailboxes:
        raise _empty(deserted[0], world.dialect)
    if not to:
        raise refuse("MSG-324")
    return mailboxes


def check_may_reply(sender: Extension, conversation: Conversation, world: World) -> None:
    """Judge membership (403 MSG-326), then age (403 MSG-325), as they are now."""
    if not standing(sender, world.directory).intersection(conversation.places):
        raise refuse("MSG-326")
    limit = world.dialect.thread_max_age_days
    if limit is not None and world.now_ms - conversation.last_at_ms > limit * DAY_MS:
        raise refuse("MSG-325")


def standing(extension: Extension, directory: Directory) -> frozenset[int]:
    """The places somebody fills right now: their own and their departments'."""
    departments = directory.departments_of(extension.id)
    return frozenset({extension.id, *(each.id for each in departments)})


def _mailboxes(sender: Extension, to: tuple[Extension, ...], world: World) -> tuple[Extension, ...]:
    """Who gets an inbound copy: a department is a mailing list; the sender only if named."""
    people: dict[int, Extension] = {}
    for each in to:
        if each.is_department:
            members = world.directory.active_members(each)
            people.update({one.id: one for one in members if one.id != sender.id})
        else:
            people[each.id] = each
    return tuple(people.values())


def _resolve(reference: Any, directory: Directory) -> Extension:
    extension_id, number = _reference(reference, "to")
    found = _named(reference, directory)
    if found is None:
        raise refuse("CMN-102", status=400, parameter="to", value=number or extension_id)
    if number is not None and found.number != number:
        if number not in directory.by_number:
            raise refuse("CMN-102", status=400, parameter="to", value=number)
        raise refuse("MSG-335", parameter="to", value=number)
    return found


def _reference(reference: Any, field: str) -> tuple[str | None, str | None]:
    """Read `{extensionId?, extensionNumber?}`, both strings, at least one."""
    if not isinstance(reference, dict):
        raise bad(field)
    if "phoneNumber" in reference:
        raise bad(f"{field}.phoneNumber")
    for key in ("extensionId", "extensionNumber"):
        if not isinstance(reference.get(key), str | None):
            raise bad(f"{field}.{key}")
    extension_id, number = reference.get("extensionId"), reference.get("extensionNumber")
    if not extension_id and not number:
        raise bad(field)
    return extension_id or None, number or None


def _named(reference: dict[str, Any], directory: Directory) -> Extension | None:
    extension_id, number = reference.get("extensionId"), reference.get("extensionNumber")
    if isinstance(extension_id, str) and extension_id:
        return directory.by_id(extension_id)
    return directory.by_number.get(number) if isinstance(number, str) else None
