"""What the use cases are given: the outside world, and the company they work for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.deliveries import Policy
from gateway.domain.ids import ChannelId, WorkspaceId
from gateway.domain.threads import UsualModes
from gateway.ports.accounts import Accounts
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.ids import Ids
from gateway.ports.leadership import AlwaysLeading, Leadership
from gateway.ports.observer import Observer
from gateway.ports.pager import Pager
from gateway.ports.store import Store
from gateway.ports.tracing import UNTRACED, Tracing
from gateway.ports.vault import Vault
from gateway.services.alerts.rules import RuleBook
from gateway.services.clients import Client
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.limits import PerMinute
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.text.words import Words


@dataclass(frozen=True, repr=False)
class Ports:
    """Everything the core asks of the world."""

    store: Store
    pager: Pager
    chat: Chat
    clock: Clock
    ids: Ids
    observer: Observer
    faults: FaultPoints
    vault: Vault
    accounts: Accounts
    leadership: Leadership = field(default_factory=AlwaysLeading)
    tracing: Tracing = UNTRACED


@dataclass(frozen=True, repr=False)
class House:
    """What is particular to this company."""

    workspace: WorkspaceId
    people: People
    permission: Permission
    directory: DirectoryKeeper
    words: Words
    policy: Policy
    clients: tuple[Client, ...] = ()
    rules: RuleBook | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[ChannelId, tuple[str, ...]] = field(default_factory=dict)
    lobby: ChannelId | None = None
    ops: ChannelId | None = None
    max_parts: int = 5
    ask_above: int = 25
    ask_before: tuple[str, ...] = ()
    undo_s: float = 0.0
    limits: PerMinute = field(default_factory=PerMinute)
    threads: UsualModes = field(default_factory=UsualModes)
    poll_s: float = 15.0
