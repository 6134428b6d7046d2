"""What a simulator is started with."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.workspace import Workspace


@dataclass(frozen=True)
class Limits:
    """Slack's own figures; a test may shorten waits or open the taps."""

    ack_timeout_s: float = 3.0
    trigger_ttl_s: float = 3.0
    response_url_ttl_s: float = 1800.0
    response_url_uses: int = 5
    # Calls per minute by tier, and messages per minute and channel; None: no limit.
    tier_1: int | None = 1
    tier_2: int | None = 20
    tier_3: int | None = 50
    tier_4: int | None = 100
    special: int | None = 600
    post_per_channel: int | None = 60
    events_per_hour: int = 30_000
    # Below this many deliveries per hour an app is never disabled for failing.
    auto_disable_from: int = 1_000
    # Slack does not publish the limit of metadata; this is an assumption.
    metadata_bytes: int = 16_384
    body_bytes: int = 2 * 1024 * 1024

    @classmethod
    def without_rates(cls) -> "Limits":
        """No 429, for benchmarks and long stories; everything else as Slack has it."""
        return replace(
            cls(),
            tier_1=None,
            tier_2=None,
            tier_3=None,
            tier_4=None,
            special=None,
            post_per_channel=None,
        )


@dataclass(frozen=True)
class SlackServerConfig:
    """Secrets left empty are invented at start. `workspace` is a file, a value, or the default.

    `public_url` is what the app can reach, where that is not the address listened on.
    """

    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    workspace: Path | Workspace | None = None
    events_url: str | None = None
    signing_secret: str | None = None
    bot_token: str | None = None
    app_token: str | None = None
    client_id: str = "1000.2000"
    client_secret: str | None = None
    allow_origin: str | None = None
    limits: Limits = field(default_factory=Limits)
    clock: VirtualClock | None = None
