"""A sender whom a person let in, and processes that share one: against a scripted endpoint."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from adapters.pager.ringcentral.auth import TURN, TURN_LOOK_S, TokenKeeper
from adapters.pager.ringcentral.credentials import App, Credential
from adapters.pager.ringcentral.gates import Gates
from adapters.pager.ringcentral.settings import Rates
from adapters.pager.ringcentral.shelf import Shelf
from gateway.domain.errors import LinkEndedError, PagerAuthError, PagerUnavailableError
from tests.adapters.ringcentral.surroundings import reset, said
from tests.adapters.ringcentral.test_auth import LIFE_S, Desk, pair
from tests.adapters.ringcentral.test_auth import desk as desk  # noqa: PLC0414 - a fixture, used by its name

WEEK_S = 604_800
OVER = {"error": "invalid_grant"}


@dataclass
class Ends:
    """Counts how often the end of a grant was told."""

    told: int = 0

    def hear(self) -> None:
        self.told += 1


def granted(desk: Desk, ends: Ends | None = None) -> TokenKeeper:
    """Make the keeper of one process; all share the vault."""
    shelf, app = Shelf(desk.vault), App("client", "canary-secret")
    gates = Gates("app", Rates(), shelf, desk.seams())
    keeper = TokenKeeper(
        Credential("grant-1", app, jwt=""), desk.transport, gates, shelf, desk.seams()
    )
    if ends:
        keeper.when_ended = ends.hear
    return keeper


async def let_in(desk: Desk) -> None:
    desk.server.then(pair(1))
    await granted(desk).redeem("the-code", "the-verifier", "https://pages.example.com/back")


def form_of(desk: Desk, call: int) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(desk.server.requests[call][3]).items()}


async def test_a_code_is_exchanged_with_its_verifier(desk: Desk) -> None:
    """The redirect address is the one of the authorization, to the letter."""
    await let_in(desk)
    form = form_of(desk, 0)
    assert form["grant_type"] == "authorization_code"
    assert (form["code"], form["code_verifier"]) == ("the-code", "the-verifier")
    assert form["redirect_uri"] == "https://pages.example.com/back"
    assert await granted(desk).token() == "access-1"


async def test_it_is_refreshed_and_never_signed_in_anew(desk: Desk) -> None:
    """There is no JWT to do it with."""
    await let_in(desk)
    desk.clock.move(LIFE_S)
    desk.server.then(pair(2))
    assert await granted(desk).token() == "access-2"
    assert desk.grants() == ["authorization_code", "refresh_token"]


async def test_a_refused_refresh_is_the_end(desk: Desk) -> None:
    """Told once; no call is made after it."""
    await let_in(desk)
    desk.clock.move(LIFE_S)
    desk.server.then(said(400, "OAU-213", **OVER))
    ends = Ends()
    keeper = granted(desk, ends)
    for _ in range(3):
        with pytest.raises(LinkEndedError):
            await keeper.token()
    assert ends.told == 1
    assert len(desk.server.requests) == 2


async def test_a_grant_that_was_not_used_for_long_is_over(desk: Desk) -> None:
    """The refresh token lives for seven days; nobody has to be asked to know."""
    await let_in(desk)
    desk.clock.move(WEEK_S)
    ends = Ends()
    with pytest.raises(LinkEndedError):
        await granted(desk, ends).token()
    assert ends.told == 1
    assert len(desk.server.requests) == 1


async def test_an_app_that_is_refused_ends_nobodys_grant(desk: Desk) -> None:
    """A wrong client secret is the operator's to mend; then everything goes on."""
    await let_in(desk)
    desk.clock.move(LIFE_S)
    desk.server.then(said(401, "OAU-123", error="invalid_client"), pair(2))
    ends = Ends()
    keeper = granted(desk, ends)
    with pytest.raises(PagerAuthError):
        await keeper.token()
    assert ends.told == 0
    desk.clock.move(3600)
    assert await keeper.token() == "access-2"


async def test_an_endpoint_that_is_away_ends_nothing(desk: Desk) -> None:
    """It is tried again."""
    await let_in(desk)
    desk.clock.move(LIFE_S)
    desk.server.then(reset, pair(2))
    ends = Ends()
    keeper = granted(desk, ends)
    with pytest.raises(PagerUnavailableError):
        await keeper.token()
    desk.clock.move(60)
    assert await keeper.token() == "access-2"
    assert ends.told == 0


async def test_revoking_signs_out_and_forgets(desk: Desk) -> None:
    """With the refresh token, which ends the whole session."""
    await let_in(desk)
    desk.server.then(web.Response())
    await granted(desk).revoke()
    assert desk.server.requests[1][1] == "/restapi/oauth/revoke"
    assert form_of(desk, 1)["token"] == "refresh-1"
    assert "refresh-1" not in str(desk.vault.values)
    with pytest.raises(LinkEndedError):
        await granted(desk).token()


async def test_revoking_forgets_though_nobody_listens(desk: Desk) -> None:
    """Its errors are ignored, and it is not repeated."""
    await let_in(desk)
    desk.server.then(reset)
    await granted(desk).revoke()
    assert "access-1" not in str(desk.vault.values)
    assert len(desk.server.requests) == 2


# --- several processes -------------------------------------------------------------------------


async def test_of_three_processes_one_refreshes(desk: Desk) -> None:
    """The others wait for its pair: a refresh token works once."""
    await let_in(desk)
    processes = [granted(desk) for _ in range(3)]
    for process in processes:
        await process.token()
    desk.clock.move(LIFE_S)
    answering, arrived = asyncio.Event(), asyncio.Event()

    async def slowly(_: web.Request) -> web.Response:
        arrived.set()
        await answering.wait()
        return pair(2)

    desk.server.then(slowly)
    async with asyncio.TaskGroup() as group:
        tokens = [group.create_task(process.token()) for process in processes]
        await arrived.wait()
        answering.set()
        await asyncio.wait(tokens, return_when=asyncio.FIRST_COMPLETED)
        while not all(token.done() for token in tokens):
            desk.clock.move(TURN_LOOK_S)
            await asyncio.sleep(0)  # noqa: TID251 - only yields
    assert {token.result() for token in tokens} == {"access-2"}
    assert desk.grants() == ["authorization_code", "refresh_token"]


async def test_a_process_that_died_in_its_turn_is_not_waited_for_long(desk: Desk) -> None:
    """Its turn ends by itself; RingCentral gives the same new pair for the old token."""
    await let_in(desk)
    dead = granted(desk)
    await dead.token()
    desk.clock.move(LIFE_S)
    await dead._take_turn()
    desk.server.then(pair(2))
    desk.clock.move(TURN.total_seconds())
    assert await granted(desk).token() == "access-2"


async def test_another_process_whose_pair_is_newer_is_believed(desk: Desk) -> None:
    """What it got is used, though ours would still work by the clock."""
    await let_in(desk)
    ours, theirs = granted(desk), granted(desk)
    await ours.token()
    desk.server.then(pair(2))
    assert await theirs.renewed(await theirs.token()) == "access-2"
    assert await ours.renewed("access-1") == "access-2"
    assert desk.grants() == ["authorization_code", "refresh_token"]
