"""Which keys have words, and which facts and buttons each of them takes.

A `Notice` is a key, facts and actions; a language file holds the words. This table is the contract
between the two: services fill in facts named here, translators may use slots named here, and tests
hold both to it. Every fact is optional: a language file lists variants of a key from the most to
the least telling, and the first one whose slots are all known is used. So an unknown name costs a
detail, never the sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.actions import Action

FACTS: Mapping[str, str] = {
    "ref": "the page's reference; every key takes it and shows it at the end of the small line",
    # one extension
    "name": "display name of the one extension this is about; of `recipient.*`: as it was typed",
    "number": "its extension number",
    "status": "its `ExtensionStatus` value",
    # several
    "names": "display names, when it is about more than one",
    "recipients": "display names of everybody addressed",
    "rules": "names of the rules of the company that decided",
    "following": "display names of who is on call next",
    "numbers": "extension numbers of everybody addressed",
    "skipped": "names of inactive department members RingCentral leaves out",
    "managers": "names of the department's managers",
    "choices": "labels of the `choose` buttons, in their order (`Words.choice` makes them)",
    # a department
    "department": "display name of the department",
    "department_number": "its extension number",
    "other_department": "name of the department offered instead",
    "people": "int: how many people this reaches",
    # what was typed
    "command": "what the slash command is called; every phrase knows it",
    "typed": "the word or words in doubt, as typed",
    "sub": "the sub-command that was typed",
    "text": "the message; shown shortened",
    "matchers": "what alerts are silenced by, as matchers",
    "comment": "why somebody did it, in their own words",
    "length": "int: UTF-16 units of the message",
    "limit": "int: UTF-16 units allowed, or people before we ask",
    "over": "int: UTF-16 units to take away",
    "parts": "int: how many pager messages it takes",
    # when; ISO 8601 with an offset, as `GatewayError.facts` writes them
    "updated_at": "when the directory was read",
    "sent_at": "when the page went out",
    "at": "when it should go out",
    "until": "how long we keep trying, or when something ends",
    "seconds": "int: how long ago, or how long",
    "minutes": "int: the same in minutes",
    "hours": "int: the hours of a duration, beside its minutes",
    "days": "int: the days of a duration, beside its hours",
    # queue
    "position": "int: place in line, 1 is next",
    "per_minute": "int: pages a minute the pager allows one sender",
    # who
    "user": "chat user id; drawn as a mention",
    "author_name": "display name of the author",
    "sender": "extension number of the sender",
    "shared": "bool: the sender is the shared one; `sender` is its number",
    "company": "name of the chat workspace",
    "channel": "readable channel name, with its sign (#ops)",
    "count": "int: how many messages, alerts or changes",
    # an alert
    "title": "what its sender calls it",
    "severity": "`Severity` value",
    "route": "name of the route that claimed it",
    "from_pager": "bool: it was answered on the pager, not in the chat",
    "detail": "what a line of its history adds",
    # how it is
    "looking": "bool: we are still looking upstream",
    "sent": "bool: the page went out",
    "marked": "bool: its author said that it was sent",
    "kind": "`PermissionKind` value",
    "rule": "the policy's rule: guest, stranger, bot, recipient; of `page.too_many` whose limit",
    "group": "name of the group that may",
    "reason": "`ChatRefusal` value; of `thread.stays` a `Stays` value",
    "mode": "`ThreadMode` value",
    "cause": "code of the last fault before we gave up",
    "foreseen": "bool: our directory says so, the pager was not asked",
    "attempted": "bool: RingCentral saw the attempt",
    # in cards, lists and the status message only
    "label": "an extension's own label, such as Front Desk",
    "state": "`PageState`, `DeliveryState` or `IncidentState` value",
    "said": "a sentence already made",
    "pages": "how many pages, in words",
    "missing": "int: how many nobody can tell about",
    "part": "int: which of several parts",
    "confirmed_at": "when a lost answer was found upstream",
    "language": "what the language calls itself",
    "code": "digits that were paged to somebody, to be typed in the chat",
    # for operators only
    "vendor_code": "the foreign system's own code",
    "trace": "the foreign system's correlation id",
    "permission": "the permission or scope that is missing",
    "key": "key of the notice that reached nobody",
    "file": "name of the file this is about",
    "problems": "what is wrong in it, a line each",
    "extensions": "numbers from the error itself",
    "extension": "number from the error itself",
    "near": "numbers from the error itself",
    "known": "numbers from the error itself",
    "retry_at": "when the foreign system may be asked again",
}
"""Every fact a notice may carry, and what it means."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a notice of this key may carry. Anything more is ignored."""

    facts: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


def _key(facts: str = "", *actions: Action) -> Key:
    return Key(tuple(facts.split()), actions)


CATALOGUE: Mapping[str, Key] = {
    # --- asking and looking up (chat-facing answers to a command) ---
    "command.help": _key("command", Action.OPEN_FORM),
    "command.syntax": _key("text", Action.OPEN_FORM),
    "command.or_message": _key("typed sub", Action.SHOW_HELP, Action.CHOOSE_RECIPIENT),
    "command.form_late": _key("", Action.OPEN_FORM),
    "command.unknown_ref": _key("typed"),
    "command.no_pages": _key("", Action.OPEN_FORM),
    "command.not_here": _key("sub"),
    "oncall.none": _key("name"),
    "recipient.unknown": _key(
        "name number choices updated_at", Action.CHOOSE, Action.CHOOSE_RECIPIENT
    ),
    "recipient.ambiguous": _key("name choices text", Action.CHOOSE, Action.CHOOSE_RECIPIENT),
    "recipient.nobody_behind": _key("name", Action.CHOOSE_RECIPIENT),
    "recipient.incomplete": _key("name names", Action.PAGE_THESE, Action.CHOOSE_RECIPIENT),
    "recipient.usual": _key("recipients text", Action.PAGE_THESE, Action.CHOOSE_RECIPIENT),
    "recipient.nobody_left": _key("", Action.CHOOSE_RECIPIENT),
    "recipient.not_linked": _key("user typed choices text", Action.CHOOSE, Action.CHOOSE_RECIPIENT),
    "recipient.no_default": _key("typed", Action.CHOOSE_RECIPIENT),
    "page.accepted": _key("recipients people", Action.CANCEL_PAGE),
    "page.repeat": _key("recipients seconds sent_at", Action.SEND_AGAIN, Action.DISCARD),
    "page.confirm_size": _key(
        "people limit recipients text", Action.PAGE_ALL, Action.EDIT, Action.DISCARD
    ),
    "page.confirm_flagged": _key(
        "people recipients text", Action.PAGE_ALL, Action.EDIT, Action.DISCARD
    ),
    "page.undo": _key("recipients seconds", Action.CANCEL_PAGE),
    "page.too_many": _key("rule limit department at text", Action.TRY_AGAIN),
    "page.no_words": _key("", Action.OPEN_FORM),
    "page.cancelled": _key(),
    "page.discarded": _key(),
    "page.too_late": _key("sent_at"),
    "page.marked_sent": _key("author_name"),
    "page.test_sent": _key("number"),
    "page.too_long": _key("length limit over parts", Action.EDIT, Action.SPLIT_SEND),
    "page.part_refused": _key("count part parts recipients", Action.PAGE_AS_NEW, Action.EDIT),
    "draft.expired": _key("", Action.OPEN_FORM),
    "draft.used": _key(),
    "draft.not_yours": _key(),
    # --- refused ---
    "author.unlinked": _key("recipients", Action.LINK_ME),
    "author.link_ended": _key("sender", Action.LINK_ME, Action.FROM_SHARED),
    "author.inactive": _key("extension number status", Action.FROM_SHARED),
    "policy.denied": _key("rule recipients group company", Action.CHOOSE_RECIPIENT),
    "policy.may": _key("recipients rules"),
    "policy.may_not": _key("recipients rules"),
    "pager.recipient_unavailable": _key(
        "name number status names numbers recipients extensions",
        Action.RESEND_WITHOUT,
        Action.CHECK_AND_RESEND,
        Action.CHOOSE_RECIPIENT,
        Action.EDIT,
    ),
    "pager.department_empty": _key(
        "department managers other_department",
        Action.RESEND_WITHOUT,
        Action.CHECK_AND_RESEND,
        Action.PAGE_DEPARTMENT,
        Action.EDIT,
    ),
    "pager.unknown_recipient": _key(
        "extension number choices updated_at",
        Action.RESEND_WITHOUT,
        Action.CHECK_AND_RESEND,
        Action.CHOOSE,
        Action.CHOOSE_RECIPIENT,
    ),
    "pager.recipient_type": _key(
        "extension name number",
        Action.RESEND_WITHOUT,
        Action.CHECK_AND_RESEND,
        Action.CHOOSE_RECIPIENT,
    ),
    "pager.sender_is_department": _key("department attempted", Action.SEND_AS_ME),
    "pager.sender_mismatch": _key("sender", Action.TRY_AGAIN),
    "pager.not_a_participant": _key(
        "sender shared department managers recipients",
        Action.PAGE_AS_NEW,
        Action.FROM_SHARED,
        Action.ASK_BACK,
    ),
    "pager.thread_too_old": _key("recipients", Action.PAGE_AS_NEW),
    "pager.message_too_long": _key("", Action.EDIT),
    "pager.permission": _key("kind shared number permission", Action.FROM_SHARED, Action.TRY_AGAIN),
    "pager.rejected": _key("", Action.EDIT, Action.TRY_AGAIN),
    "pager.dry_run": _key("recipients"),
    "gateway.broken": _key("", Action.TRY_AGAIN),
    "gateway.not_recorded": _key("number text"),
    "gateway.no_words": _key(),
    # --- waiting, uncertain, given up (most often inside the status message) ---
    "pager.throttled": _key("per_minute position at retry_at", Action.CANCEL_PAGE),
    "pager.unavailable": _key("until number retry_at", Action.CANCEL_PAGE),
    "pager.outcome_unknown": _key("looking people", Action.SEND_AGAIN, Action.MARK_SENT),
    "pager.auth": _key("sender", Action.CANCEL_PAGE),
    "gateway.paused": _key("", Action.CANCEL_PAGE),
    "delivery.gave_up": _key("minutes cause", Action.TRY_AGAIN, Action.EDIT),
    "delivery.unreadable": _key("", Action.TRY_AGAIN),
    # --- being added back ---
    "membership.ask": _key("author_name department department_number", Action.MARK_DONE),
    "membership.asked": _key("managers department"),
    "membership.nobody": _key("department"),
    "membership.not_yet": _key("user department"),
    "membership.not_manager": _key("department"),
    "membership.done": _key("department"),
    # --- around the bridge ---
    "thread.not_open": _key("marked", Action.PAGE_AS_NEW),
    "thread.renewed": _key(),
    "thread.edited": _key(),
    "thread.edit_stays": _key("", Action.CORRECT),
    "thread.note_stays": _key(),
    "thread.stays": _key("reason"),
    "thread.taken_back": _key(),
    "thread.mode": _key("mode name people"),
    "thread.not_allowed": _key(),
    "thread.asked_last": _key("name"),
    "thread.deleted": _key("", Action.CORRECT),
    "chat.not_in_channel": _key("sent channel"),
    "chat.channel_gone": _key("channel name text"),
    "chat.refused": _key("reason"),
    "chat.throttled": _key("retry_at"),
    "chat.unavailable": _key(),
    "chat.signed_out": _key(),
    "chat.outcome_unknown": _key(),
    # --- which extension is whose ---
    "link.unknown": _key("user typed"),
    "link.offer": _key("sender", Action.SIGN_IN),
    "link.by_code": _key("sender number"),
    "link.confirm": _key("user name number", Action.LINK, Action.LINK_CANCEL),
    "link.done": _key("name number", Action.UNLINK),
    "link.is": _key("number", Action.UNLINK),
    "link.known": _key("number sender"),
    "link.cancelled": _key(),
    "link.over": _key("", Action.LINK_ME),
    "link.not_yours": _key(),
    "link.reserved": _key("number"),
    "link.unknown_number": _key("number"),
    "link.taken": _key("number sender", Action.LINK_ME),
    "link.lost": _key("number sender", Action.LINK_ME),
    "link.revoked": _key("number sender", Action.LINK_ME),
    "link.removed": _key("number sender"),
    "link.by_admin": _key("number"),
    "link.none": _key(),
    "link.code_sent": _key("number until"),
    "link.code_open": _key("number until"),
    "link.code_unsent": _key("number"),
    "link.code_wrong": _key("number count"),
    "link.code_spent": _key("number until"),
    "link.code_over": _key(),
    "settings.own": _key("number", Action.UNLINK),
    "settings.shared": _key("number sender", Action.LINK_ME),
    # --- alerts: what is told in their thread, and to who pressed a button ---
    "alert.acknowledged": _key("name at from_pager"),
    "alert.taken": _key("title"),
    "alert.released": _key("name recipients"),
    "alert.escalated": _key("name minutes recipients people"),
    "alert.reminder": _key("name minutes"),
    "alert.resolved": _key("name minutes"),
    "alert.reopened": _key(),
    "alert.moved": _key("recipients count"),
    "alert.grew": _key("count"),
    "alert.listed": _key("count text"),
    "alert.snoozed": _key("name until"),
    "alert.woke": _key(),
    "alert.silenced": _key("name until comment"),
    "alert.heard": _key("name"),
    "alert.not_silenced": _key(),
    "alert.not_alike": _key(),
    "alert.form_late": _key("", Action.SILENCE),
    "alert.flapping": _key("title count minutes"),
    "alert.stable": _key("state"),
    "alert.already_acknowledged": _key("name at"),
    "alert.already_resolved": _key("name at"),
    "alert.unanswered": _key("title minutes"),
    "alert.not_allowed": _key("recipients"),
    "alert.nobody_next": _key(),
    "alert.is_page": _key("typed"),
    "alert.unknown": _key("typed"),
    # --- to the operators' channel; codes are allowed here ---
    "ops.pager_auth": _key("sender vendor_code trace"),
    "ops.pager_permission": _key("sender permission vendor_code trace"),
    "ops.pager_setup": _key("sender vendor_code trace"),
    "ops.pager_rejected": _key("vendor_code trace"),
    "ops.department_empty": _key("department department_number"),
    "ops.shared_removed": _key("sender recipients"),
    "ops.not_told": _key("user key"),
    "ops.not_shown": _key(),
    "ops.page_refused": _key("cause vendor_code"),
    "ops.held": _key(),
    "ops.gave_up": _key("minutes cause vendor_code"),
    "ops.alert_unowned": _key("name"),
    "ops.alert_unrouted": _key("name"),
    "ops.alerts_unaccounted": _key("count"),
    "ops.routes_refused": _key("file count problems"),
    "ops.routes_unknown": _key("file count problems"),
    "ops.routes_mended": _key("file"),
    "ops.restored": _key(""),
    "ops.threads_unheard": _key(""),
    "ops.removed": _key(""),
    "workspace.unknown": _key(),
}
"""Every key a service may put into a `Notice`."""
