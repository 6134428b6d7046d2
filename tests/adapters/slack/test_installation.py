"""Tokens that workspaces gave: renewed in time, by one at a time, stored before they are used."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from adapters.chat.slack.installation import NAME, Grant, OwnInstallation
from adapters.storage import open_store
from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatSignedOutError,
    ChatUnavailableError,
    StoreUnavailableError,
)
from gateway.ports.vault import Vault
from tests.adapters.slack.desk import Log
from tests.fakes.clock import MovedClock

DAY_S = 86_400.0
HALF_A_DAY = timedelta(hours=12)


@dataclass
class SlackTokens:
    """Slack's side: a refresh token works once, whoever brings it."""

    clock: MovedClock
    good: set[str] = field(default_factory=set)
    given: int = 0
    asked: int = 0
    away: ChatError | None = None
    slow: asyncio.Event | None = None

    def pair(self) -> Grant:
        """Give the next pair."""
        self.given += 1
        self.good.add(f"refresh-{self.given}")
        ends = self.clock.now() + HALF_A_DAY
        return Grant(f"token-{self.given}", f"refresh-{self.given}", ends.isoformat())

    async def renew(self, refresh: str) -> Grant:
        """Exchange a refresh token."""
        self.asked += 1
        if self.slow:
            await self.slow.wait()
        if self.away:
            raise self.away
        if refresh not in self.good:
            raise ChatSignedOutError("invalid_refresh_token")
        self.good.remove(refresh)
        return self.pair()


@dataclass
class Away(Vault):
    """A vault whose database goes away for some writes."""

    behind: Vault
    lost: int = 0

    async def get(self, name: str) -> str | None:
        return await self.behind.get(name)

    async def put(self, name: str, value: str) -> None:
        await self.behind.put(name, value)

    async def forget(self, name: str) -> None:
        await self.behind.forget(name)

    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        if self.lost and now and 'turn_until": ""' in now:
            self.lost -= 1
            raise StoreUnavailableError
        return await self.behind.swap(name, was, now)


@dataclass
class Workspace:
    """A vault, and processes that share it."""

    vault: Away
    slack: SlackTokens
    clock: MovedClock
    log: Log = field(default_factory=Log)

    async def process(self) -> OwnInstallation:
        """Start one."""
        own = OwnInstallation(self.vault, self.slack.renew, self.clock, self.log)
        await own.look()
        return own


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    clock = MovedClock()
    async with await open_store("sqlite://", migrate=True, clock=clock) as opened:
        vault = Away(await opened.vault([b"k" * 32]))
        yield Workspace(vault, SlackTokens(clock), clock)


async def installed(workspace: Workspace) -> OwnInstallation:
    own = await workspace.process()
    await own.begin(workspace.slack.pair())
    return own


async def test_without_an_installation_there_is_no_token(workspace: Workspace) -> None:
    """And it is said so, rather than asked of Slack."""
    own = await workspace.process()
    assert own.present is False
    with pytest.raises(ChatSignedOutError):
        await own.token()
    assert workspace.slack.asked == 0


async def test_an_old_token_is_replaced_when_it_is_needed(workspace: Workspace) -> None:
    """By one exchange, however many calls need it at once."""
    own = await installed(workspace)
    assert await own.token() == "token-1"
    workspace.clock.move(DAY_S)
    assert await asyncio.gather(*(own.token() for _ in range(5))) == ["token-2"] * 5
    assert workspace.slack.asked == 1


async def test_processes_take_turns(workspace: Workspace) -> None:
    """Two that need it at once make one exchange, and both use the pair that is stored."""
    first = await installed(workspace)
    second = await workspace.process()
    workspace.clock.move(DAY_S)
    workspace.slack.slow = asyncio.Event()
    renewing = asyncio.create_task(first.token())  # noqa: TID251 - awaited below
    while not workspace.slack.asked:  # noqa: ASYNC110 - another task's state
        await asyncio.sleep(0)  # noqa: TID251 - same
    with pytest.raises(ChatUnavailableError):
        await second.token()
    workspace.slack.slow.set()
    assert await renewing == "token-2"
    assert await second.token() == "token-2"
    assert workspace.slack.asked == 1


async def test_a_turn_whose_process_died_ends(workspace: Workspace) -> None:
    """Half a minute later somebody else takes it."""
    dying, living = await installed(workspace), await workspace.process()
    workspace.clock.move(DAY_S)
    workspace.slack.slow = asyncio.Event()
    attempt = asyncio.create_task(dying.token())  # noqa: TID251 - cancelled below
    while not workspace.slack.asked:  # noqa: ASYNC110 - another task's state
        await asyncio.sleep(0)  # noqa: TID251 - same
    attempt.cancel()
    workspace.slack.slow = None
    workspace.clock.move(31)
    assert await living.token() == "token-2"


async def test_the_new_pair_is_stored_however_long_that_takes(workspace: Workspace) -> None:
    """The old one is worth nothing any more, so nothing else may be done first."""
    own = await installed(workspace)
    workspace.clock.move(DAY_S)
    workspace.vault.lost = 3
    renewing = asyncio.create_task(own.token())  # noqa: TID251 - awaited below
    while not renewing.done():
        workspace.clock.move(1)
        await asyncio.sleep(0)  # noqa: TID251 - same
    assert renewing.result() == "token-2"
    stored = Grant.restored(await workspace.vault.get(NAME))
    assert stored
    assert stored.token == "token-2"


async def test_slack_away_is_tried_again_with_the_same_pair(workspace: Workspace) -> None:
    """The turn is given back at once."""
    own = await installed(workspace)
    workspace.clock.move(DAY_S)
    workspace.slack.away = ChatOutcomeUnknownError()
    with pytest.raises(ChatError):
        await own.token()
    workspace.slack.away = None
    assert await own.token() == "token-2"
    assert workspace.log.facts("slack.token_unrenewed")


async def test_what_slack_calls_expired_is_renewed(workspace: Workspace) -> None:
    """Whatever our clock says; a token that is not ours any more is no reason."""
    own = await installed(workspace)
    assert await own.renewed("token-1") is True
    assert await own.renewed("token-1") is True
    assert await own.token() == "token-2"
    assert workspace.slack.asked == 1


async def test_an_end_during_a_renewal_stands(workspace: Workspace) -> None:
    """The new pair is not kept: the workspace took everything back."""
    own = await installed(workspace)
    workspace.clock.move(DAY_S)
    workspace.slack.slow = asyncio.Event()
    renewing = asyncio.create_task(own.token())  # noqa: TID251 - awaited below
    while not workspace.slack.asked:  # noqa: ASYNC110 - another task's state
        await asyncio.sleep(0)  # noqa: TID251 - same
    await own.end()
    workspace.slack.slow.set()
    with pytest.raises(ChatError):
        await renewing
    assert await workspace.vault.get(NAME) is None
    assert own.present is False


async def test_another_process_hears_of_it(workspace: Workspace) -> None:
    """An installation, and its end, within a minute."""
    mine, other = await workspace.process(), await workspace.process()
    await mine.begin(workspace.slack.pair())
    await other.look()
    assert await other.token() == "token-1"
    await mine.end()
    await other.look()
    assert other.present is False
