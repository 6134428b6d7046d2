"""What to tell the author of something that was not sent, and which buttons help.

The fault says what happened by number and code; the directory gives names. Buttons carry the id of
a draft, so that one click sends what is still wanted.
"""

from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.directory import Directory, Extension
from gateway.domain.errors import FactValue, PermissionKind
from gateway.domain.ids import DraftId, ExtensionNumber
from gateway.domain.outbound import Notice
from gateway.domain.pages import Fault, Page, PageState
from gateway.services.people import People

_BUTTONS: dict[str, tuple[Action, ...]] = {
    "author.unlinked": (Action.LINK_ME,),
    "pager.department_empty": (Action.EDIT,),
    "pager.unknown_recipient": (Action.CHOOSE_RECIPIENT,),
    "pager.recipient_type": (Action.CHOOSE_RECIPIENT,),
    "pager.sender_is_department": (Action.SEND_AS_ME,),
    "pager.sender_mismatch": (Action.TRY_AGAIN,),
    "pager.thread_too_old": (Action.PAGE_AS_NEW,),
    "pager.message_too_long": (Action.EDIT,),
    "pager.rejected": (Action.EDIT, Action.TRY_AGAIN),
    "gateway.broken": (Action.TRY_AGAIN,),
    "delivery.gave_up": (Action.TRY_AGAIN, Action.EDIT),
    "delivery.unreadable": (Action.TRY_AGAIN,),
    "thread.not_open": (Action.PAGE_AS_NEW,),
    "page.part_refused": (Action.PAGE_AS_NEW, Action.EDIT),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fault seen from one author: what they sent, from where, to whom."""

    page: Page
    fault: Fault
    sender: ExtensionNumber
    reply: bool = False


def leave_out(refusal: Refusal, directory: Directory) -> tuple[ExtensionNumber, ...]:
    """Name the explicit recipients to blame: those the pager named, else those we know of."""
    facts = refusal.fault.facts
    one = facts.get("extension") or facts.get("department")
    if one:
        return (ExtensionNumber(str(one)),)
    named = facts.get("extensions")
    if isinstance(named, list) and named:
        return tuple(ExtensionNumber(number) for number in named)
    return tuple(n for n in refusal.page.to if not _reachable(directory.extension(n)))


def _reachable(extension: Extension | None) -> bool:
    return extension is not None and extension.reachable


def refusal_notice(
    refusal: Refusal, draft: DraftId, directory: Directory, people: People
) -> Notice:
    """Put a refusal into a notice with names and working buttons."""
    code = refusal.fault.code
    facts = refusal_facts(refusal, directory, people)
    buttons = _buttons(code, refusal, directory, people)
    return Notice(code, facts, tuple((button, draft) for button in buttons))


def refusal_facts(refusal: Refusal, directory: Directory, people: People) -> dict[str, FactValue]:
    """Tell what is known about a refusal, with names."""
    return {
        "recipients": list(map(directory.name_of, refusal.page.to)),
        **refusal.fault.facts,
        "ref": refusal.page.ref,
        "sender": refusal.sender,
        "shared": refusal.sender == people.shared,
        "marked": refusal.page.state is PageState.SENT,
        **_blamed(refusal, directory),
        **_department(refusal, directory),
        "updated_at": directory.snapshot.taken_at.isoformat(),
    }


def _blamed(refusal: Refusal, directory: Directory) -> dict[str, FactValue]:
    match refusal.fault.code:
        case "pager.recipient_unavailable":
            blamed = leave_out(refusal, directory)
        case "pager.unknown_recipient" | "pager.recipient_type":
            named = refusal.fault.facts.get("extension")
            blamed = (ExtensionNumber(str(named)),) if named else _odd(refusal, directory)
        case "pager.permission" | "author.inactive":
            blamed = (refusal.sender,)
        case _:
            blamed = ()
    return _one_or_more(blamed, refusal, directory)


def _odd(refusal: Refusal, directory: Directory) -> tuple[ExtensionNumber, ...]:
    return tuple(n for n in refusal.page.to if not _reachable(directory.extension(n)))[:1]


def _one_or_more(
    numbers: tuple[ExtensionNumber, ...], refusal: Refusal, directory: Directory
) -> dict[str, FactValue]:
    if not numbers:
        return {"numbers": list(refusal.page.to)}
    if len(numbers) > 1:
        return {"names": list(map(directory.name_of, numbers)), "numbers": list(numbers)}
    extension = directory.extension(numbers[0])
    if extension is None:
        return {"number": numbers[0]}
    # The pager has just said otherwise: a directory that is behind is not quoted.
    status = {} if extension.reachable else {"status": extension.status.value}
    return {"name": extension.name, "number": extension.number, **status}


def _department(refusal: Refusal, directory: Directory) -> dict[str, FactValue]:
    """Name the department this is about, and who manages it."""
    named = refusal.fault.facts.get("department")
    numbers = (ExtensionNumber(str(named)),) if named else refusal.page.to
    for number in numbers:
        department = directory.department(number)
        if department:
            managers = list(map(directory.name_of, department.managers))
            return {
                "department": department.name,
                "department_number": department.number,
                **({"managers": managers} if managers else {}),
            }
    return {}


def _buttons(
    code: str, refusal: Refusal, directory: Directory, people: People
) -> tuple[Action, ...]:
    shared = refusal.sender == people.shared
    match code:
        case "pager.recipient_unavailable":
            return (*_without(refusal, directory), *_look_again(refusal))
        case "pager.unknown_recipient" | "pager.recipient_type" | "pager.department_empty":
            return (*_the_others(refusal, directory), *_BUTTONS[code], *_look_again(refusal))
        case "pager.not_a_participant" if shared:
            return (Action.PAGE_AS_NEW,)
        case "pager.not_a_participant":
            has_department = any(directory.department(n) for n in refusal.page.to)
            back = (Action.ASK_BACK,) if has_department else ()
            return (Action.PAGE_AS_NEW, *_from_shared(people), *back)
        case "pager.permission":
            app = refusal.fault.facts.get("kind") == PermissionKind.APP
            return (Action.TRY_AGAIN,) if app or shared else _from_shared(people)
        case "author.inactive":
            return _from_shared(people)
        case "author.link_ended":
            return (Action.LINK_ME, *_from_shared(people))
        case _:
            return _BUTTONS.get(code, ())


def _from_shared(people: People) -> tuple[Action, ...]:
    return (Action.FROM_SHARED,) if people.shared else ()


def _the_others(refusal: Refusal, directory: Directory) -> tuple[Action, ...]:
    """Offer to page the others, where it is known whom to leave out."""
    blamed = set(leave_out(refusal, directory)) & set(refusal.page.to)
    return (Action.RESEND_WITHOUT,) if blamed and set(refusal.page.to) - blamed else ()


def _look_again(refusal: Refusal) -> tuple[Action, ...]:
    """Let the author doubt our directory, where the pager was not asked."""
    return (Action.CHECK_AND_RESEND,) if refusal.fault.facts.get("foreseen") else ()


def _without(refusal: Refusal, directory: Directory) -> tuple[Action, ...]:
    blamed = leave_out(refusal, directory)
    if not blamed:
        return (Action.CHECK_AND_RESEND, Action.EDIT)
    others = set(refusal.page.to) - set(blamed)
    return (
        (Action.RESEND_WITHOUT, Action.EDIT) if others else (Action.CHOOSE_RECIPIENT, Action.EDIT)
    )
