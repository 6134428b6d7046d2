"""Which `message` events matter, and as what. Pure; what becomes of each kind is in `subtypes`.

Slack, "message event" and its subtypes. A thread reply has `thread_ts`, which is not its own `ts`.
"""

from dataclasses import dataclass

from adapters.chat.slack.finding import EVENT_TYPE
from adapters.chat.slack.payload import Json, part, word
from adapters.chat.slack.subtypes import SUBTYPES, UNKNOWN, Becomes

_TOMBSTONE = "tombstone"
"""What a deleted root with replies turns into; told as a change."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What marks a message as our own; `app` is what the envelope says it was sent to."""

    bot: str
    bot_user: str
    app: str


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody wrote `message` in the thread that hangs from `root`."""

    user: str
    channel: str
    root: str
    ts: str
    message: Json


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody changed the words of a message in a thread."""

    user: str
    channel: str
    root: str
    ts: str
    edited: str
    text: str
    before: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is gone; `user` wrote it. For a root, `root` is the message itself."""

    user: str
    channel: str
    root: str
    ts: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do; `why` is for counting."""

    why: str


Judged = Written | Changed | Deleted | Ignored


def judge(event: Json, ours: Ours) -> Judged:
    """Decide what a `message` (or `app_mention`) event means to us."""
    if is_own(event, ours):
        return Ignored("own")
    if not word(event, "channel"):
        return Ignored("malformed")
    subtype = SUBTYPES.get(word(event, "subtype"), UNKNOWN)
    match subtype.becomes:
        case Becomes.REPLY:
            return _written(event)
        case Becomes.CORRECTION:
            return _changed(event)
        case Becomes.NOTE:
            return _deleted(event, word(event, "deleted_ts"))
        case Becomes.NOTHING:
            return Ignored(subtype.why)


def is_own(event: Json, ours: Ours) -> bool:
    """Tell our own messages, and what happens to them, from everybody else's.

    Slack also tells of changes when it unfurls a link in a message of ours; under another name
    such a message has no `user`, so the bot's id is looked for wherever a message stands.
    """
    return any(
        _is_ours(message, ours)
        for message in (event, part(event, "message"), part(event, "previous_message"))
    )


def _is_ours(message: Json, ours: Ours) -> bool:
    return (
        _same(word(message, "bot_id"), ours.bot)
        or _same(word(message, "user"), ours.bot_user)
        or _same(word(message, "app_id"), ours.app)
        or word(message, "metadata", "event_type") == EVENT_TYPE
    )


def _same(given: str, known: str) -> bool:
    return bool(given) and given == known


def _written(event: Json) -> Judged:
    if word(event, "bot_id"):
        return Ignored("bot")
    user, ts, root = word(event, "user"), word(event, "ts"), word(event, "thread_ts")
    if not user or not ts:
        return Ignored("malformed")
    if not root or root == ts:
        return Ignored("not_in_thread")
    return Written(user, word(event, "channel"), root, ts, event)


def _changed(event: Json) -> Judged:
    message, before = part(event, "message"), part(event, "previous_message")
    ts, root = word(message, "ts"), word(message, "thread_ts")
    if word(message, "subtype") == _TOMBSTONE:
        return _deleted(event, ts)
    edited = word(message, "edited", "ts")
    if not edited or edited == word(before, "edited", "ts"):
        return Ignored("not_edited")
    if word(message, "text") == word(before, "text"):
        return Ignored("same_text")
    if not root or root == ts:
        return Ignored("not_in_thread")
    user = word(message, "user")
    if not user or word(message, "bot_id"):
        return Ignored("bot")
    channel, text = word(event, "channel"), word(message, "text")
    return Changed(user, channel, root, ts, edited, text, word(before, "text"))


def _deleted(event: Json, ts: str) -> Judged:
    before = part(event, "previous_message")
    user = word(before, "user")
    if not ts or not user:
        return Ignored("malformed")
    if word(before, "bot_id"):
        return Ignored("bot")
    return Deleted(user, word(event, "channel"), word(before, "thread_ts") or ts, ts)
