"""What only one person sees: ephemeral messages and private answers. Slack does not store them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, TypeAlias

from adapters.chat.slack_simulator.wire import Json

MOST: Final = 10_000

# Where it came from: the answer to a command, a response_url, chat.postEphemeral, or Slack itself.
Source: TypeAlias = Literal["command", "response_url", "ephemeral", "slack"]


@dataclass
class Private:
    """One private message; `ts` is its `message_ts`, good for buttons and nothing else."""

    id: str
    ts: str
    user: str
    channel: str
    text: str
    source: Source
    thread_ts: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    mentions: tuple[str, ...] = ()

    def as_json(self) -> Json:
        """As `/_sim/private` shows it."""
        return asdict(self)


class Privates:
    """The private messages of everyone, oldest first; the very oldest are forgotten."""

    def __init__(self) -> None:
        self._kept: dict[str, Private] = {}

    def add(self, private: Private) -> None:
        """Show it to its person."""
        self._kept[private.id] = private
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

    def of(self, user: str) -> Iterator[Private]:
        """What a person sees until they reload."""
        return (one for one in self._kept.values() if one.user == user)

    def get(self, private_id: str) -> Private | None:
        """One by its id, unless it is gone."""
        return self._kept.get(private_id)

    def find(self, user: str, channel: str, ts: str) -> Private | None:
        """The one a person sees at that place."""
        return next((one for one in self.of(user) if (one.channel, one.ts) == (channel, ts)), None)

    def remove(self, private_id: str) -> None:
        """Take one away."""
        self._kept.pop(private_id, None)

    def reload(self, user: str) -> None:
        """The person reloads their client: nothing of it comes back."""
        self._kept = {key: one for key, one in self._kept.items() if one.user != user}
