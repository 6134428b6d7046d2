"""What one company pager is started with: address, storage, limits and dialect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from adapters.pager.embedded.directory import Directory


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Calls per window and group, for one user and app (Auth: for one app).

    Source: RingCentral, "Rate limits"; the values are the defaults every new app gets.
    """

    light: int = 50
    medium: int = 40
    heavy: int = 10
    auth: int = 5
    window_s: int = 60
    penalty_s: int = 60
    enabled: bool = True

    @classmethod
    def off(cls) -> "RateLimits":
        """Admit everything: for load tests and stories about something else."""
        return cls(enabled=False)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What RingCentral leaves undocumented or does in more than one way.

    The defaults are this server's assumptions. A client should survive every setting.
    """

    # Pages. The guide names no error codes here.
    empty_text: str = "CMN-101"
    no_recipient: str = "CMN-101"
    text_too_long: str = "MSG-338"
    unknown_reply_on: str = "CMN-102"
    empty_department: str = "MSG-316"
    max_recipients: int | None = None
    word_for_msg_codes: str | None = None  # top-level errorCode of MSG-3xx; None repeats the code
    department_in_from: str = (
        "MSG-330"  # or MSG-331: `from` names a department, token is a person's
    )

    # Conversations.
    reply_on_own_copy_only: bool = True
    reply_adds_people: bool = False
    reads_after_leaving: Literal["hidden", "refused"] = "hidden"
    thread_max_age_days: int | None = 30
    one_conversation_id: bool = False  # the same id in every mailbox

    # What a message looks like. The guide's sample lists the sender in `to`; newer ones do not.
    sender_in_to: bool = True
    inbound_status: Literal["Received", "Sent"] = "Received"
    outbound_read_status: Literal["Read", "Unread"] = "Read"
    extra_fields: bool = False
    localised_messages: bool = False

    # Message store and sync.
    mailbox_cap: int | None = None
    sync_token_days: int = 7
    sync_default_days: int = 1  # the schema says 24 hours, the guide a week
    sync_overlap_s: int = 5

    # Subscriptions and their events.
    event_keeps_query: bool = False
    direction_filters_new_ids: bool = True
    new_message_ids: bool = True
    extension_event: Literal["flat", "list"] = "flat"
    webhook_attempts: int = 1
    webhook_timeout_s: float = 3.0
    webhook_answer_max_bytes: int = 1024
    blacklist_after_s: int = 600
    subscription_limit: int = 30

    # Sessions and limits.
    sessions_per_user_and_app: int = 5
    endpoint_id_keeps_session: bool = False
    retry_after_header: bool = True


@dataclass(frozen=True, slots=True)
class PagerServerConfig:
    """Everything one server needs to know; nothing is read from the environment.

    `data` is the SQLite file (`None`: memory, forgotten at the end). `directory` is a file in the
    format of `directory_file`, the same as a mapping, a ready `Directory`, or `None` for the
    built-in starter company. `admin` opens `/_admin`; `allow_origin` is the one web origin that
    may call it from a browser. `public_url` replaces the request's own origin in every `uri`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    data: Path | None = None
    directory: Path | Mapping[str, Any] | Directory | None = None
    dev_credentials: bool = False
    admin: bool = False
    dialect: Dialect = field(default_factory=Dialect)
    limits: RateLimits = field(default_factory=RateLimits)
    notification_lag_s: float = 0.2  # RingCentral's own is 5 to 10 seconds
    allow_origin: str | None = None
    public_url: str | None = None
