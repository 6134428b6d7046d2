"""Who is on call, as people are told."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import ExtensionNumber


@dataclass(frozen=True, slots=True)
class Duty:
    """How it stands with a schedule: who is on call `until` when, and who is `following` then.

    Names are the directory's; `numbers` are those of it whom the directory knows. Nobody may be on
    call, now or next; `until` is `None` when nothing changes for more than a year.
    """

    schedule: str
    who: tuple[str, ...]
    numbers: tuple[ExtensionNumber, ...]
    until: datetime | None
    following: tuple[str, ...]
