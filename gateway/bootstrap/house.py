"""What is particular to this company, from its settings."""

from collections.abc import Mapping

from adapters.chat.slack import Slack
from adapters.pager.ringcentral import RingCentralPager
from adapters.registry import EmbeddedBackend
from gateway.domain.deliveries import Policy
from gateway.domain.errors import ChatError
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.threads import UsualModes
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.ports.vault import Vault
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.clients import Client
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.house import House
from gateway.services.limits import PerMinute
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.policies import Policies
from gateway.services.roster import Roster
from gateway.settings import Settings
from gateway.text.words import Words


class UnknownWorkspaceError(Exception):
    """Slack did not tell which workspace the token is for, and we were never told before."""

    def __init__(self, code: str) -> None:
        """Say what Slack's answer amounts to."""
        super().__init__(
            f"Slack did not say which workspace slack.bot_token belongs to ({code}). The first "
            "start needs its answer: check the token, and start again when Slack can be reached."
        )


def make_directory(
    settings: Settings,
    store: Store,
    pager: RingCentralPager,
    clock: Clock,
    observer: Observer,
    *,
    book: RuleBook | None,
) -> DirectoryKeeper:
    """Make the directory, still empty, with the names an operator adds."""
    return DirectoryKeeper(
        pager.directory,
        store,
        clock,
        observer,
        sets=Roster(clock, settings.directory.aliases, book),
        managers={ExtensionNumber(d): n for d, n in _numbers(settings.directory.managers).items()},
        refresh_s=settings.directory.refresh_s,
    )


def _numbers(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[ExtensionNumber, ...]]:
    return {name: tuple(map(ExtensionNumber, numbers)) for name, numbers in table.items()}


def make_policies(
    book: RuleBook | None, directory: DirectoryKeeper, slack: Slack, clock: Clock
) -> Policies | None:
    """Take up the table of who may page whom, a part of the routes in force."""
    if book is None:
        return None
    return Policies(book, Reach(book, directory), slack.chat, clock)


async def make_house(
    settings: Settings,
    slack: Slack,
    vault: Vault,
    directory: DirectoryKeeper,
    *,
    policies: Policies | None,
    words: Words,
) -> House:
    """Put together what the services need to know about the company."""
    people = _people(settings)
    policy, patience = settings.policy, settings.delivery
    return House(
        workspace=WorkspaceId(settings.slack.team) or await _workspace(slack, vault),
        people=people,
        permission=_permission(settings, people, policies),
        directory=directory,
        words=words,
        policy=Policy(
            visible_after_s=patience.visible_after_s,
            call_s=max(settings.pager.call_s, settings.slack.timeout_s),
            hold_after_s=patience.hold_after_s,
            give_up_after_s=patience.give_up_after_s,
        ),
        clients=_clients(settings),
        rules=policies.book if policies else None,
        groups=settings.directory.user_groups,
        channels={ChannelId(c): names for c, names in settings.directory.channels.items()},
        lobby=ChannelId(settings.slack.lobby_channel) if settings.slack.lobby_channel else None,
        ops=ChannelId(settings.slack.ops_channel) if settings.slack.ops_channel else None,
        max_parts=policy.max_parts,
        ask_above=policy.ask_above,
        ask_before=policy.ask_before,
        undo_s=policy.undo_s,
        limits=PerMinute(
            policy.per_minute, policy.department_per_minute, policy.workspace_per_minute
        ),
        threads=UsualModes(policy.thread_mode, policy.alert_thread_mode),
        poll_s=patience.poll_s,
    )


def _clients(settings: Settings) -> tuple[Client, ...]:
    return tuple(
        Client(
            c.name,
            None if c.to == "any" else tuple(c.to),
            ExtensionNumber(c.sender) if c.sender else None,
            frozenset(map(ChannelId, c.channels)),
            c.per_minute,
        )
        for c in settings.api.clients
    )


def _people(settings: Settings) -> People:
    everybody = {ChatUserId(p.chat_user): ExtensionNumber(p.extension) for p in settings.people}
    embedded = isinstance(settings.pager, EmbeddedBackend)
    linked = {ChatUserId(p.chat_user) for p in settings.people if p.jwt or embedded}
    return People(
        links={user: number for user, number in everybody.items() if user in linked},
        everybody=everybody,
    )


def _permission(settings: Settings, people: People, policies: Policies | None) -> Permission:
    policy = settings.policy
    return Permission(
        people,
        unlinked=policy.unlinked,
        guests=policy.guests,
        strangers=policy.strangers,
        bots=policy.bots,
        policies=policies,
    )


async def _workspace(slack: Slack, vault: Vault) -> WorkspaceId:
    """Learn which workspace the token belongs to; remembered, because Slack may be away.

    Raises:
        UnknownWorkspaceError: there is nothing to remember yet.
    """
    known = await vault.get("slack.workspace")
    try:
        workspace = await slack.chat.workspace()
    except ChatError as error:
        if not known:
            raise UnknownWorkspaceError(error.code) from error
        return WorkspaceId(known)
    if workspace != known:
        await vault.put("slack.workspace", workspace)
    return workspace
