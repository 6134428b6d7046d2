"""Being signed in, against a scripted token endpoint."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from adapters.pager.ringcentral.auth import TURN, TokenKeeper
from adapters.pager.ringcentral.credentials import App, Credential, TokenPair
from adapters.pager.ringcentral.gates import Gates
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.settings import Rates, Timeouts
from adapters.pager.ringcentral.shelf import Shelf
from adapters.pager.ringcentral.transport import Transport
from gateway.domain.errors import PagerAuthError, PagerThrottledError, PagerUnavailableError
from tests.adapters.ringcentral.surroundings import (
    Ears,
    Memory,
    Scripted,
    SeededIds,
    real_time,
    reset,
    said,
    scripted,
)
from tests.fakes.clock import MovedClock

LIFE_S = 3600


def pair(number: int, **more: object) -> web.Response:
    body = {
        "access_token": f"access-{number}",
        "token_type": "bearer",
        "expires_in": LIFE_S,
        "refresh_token": f"refresh-{number}",
        "refresh_token_expires_in": 604_800,
        "scope": "InternalMessages",
    }
    return web.json_response({**body, **more})


@dataclass
class Desk:
    """A keeper and everything around it; `again` starts anew with the same vault."""

    server: Scripted
    transport: Transport
    clock: MovedClock = field(default_factory=real_time)
    vault: Memory = field(default_factory=Memory)
    ears: Ears = field(default_factory=Ears)
    jwt: str = "canary-jwt"

    def keeper(self) -> TokenKeeper:
        shelf = Shelf(self.vault)
        return TokenKeeper(
            Credential.of(self.server.url, App("client", "canary-secret"), self.jwt),
            self.transport,
            Gates("app", Rates(), shelf, self.seams()),
            shelf,
            self.seams(),
        )

    def seams(self) -> Seams:
        """What is not the network and not the vault."""
        return Seams(self.clock, SeededIds(), self.ears)

    def grants(self) -> list[str]:
        """The grant of every token call so far."""
        forms = [parse_qs(body) for *_, body in self.server.requests]
        return [form["grant_type"][0].rsplit(":", 1)[-1] for form in forms]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with scripted() as server, Transport.open(server.url, Timeouts(total_s=1)) as transport:
        yield Desk(server, transport)


async def test_signing_in_uses_the_credential_and_a_stable_endpoint(desk: Desk) -> None:
    """One JWT call, Basic client authentication, the same endpoint id after a restart."""
    desk.server.then(pair(1), pair(2))
    assert await desk.keeper().token() == "access-1"
    desk.vault.values.clear()
    await desk.keeper().token()
    first, second = (parse_qs(body) for *_, body in desk.server.requests)
    assert first["assertion"] == ["canary-jwt"]
    assert first["endpoint_id"] == second["endpoint_id"]
    assert desk.server.requests[0][2]["Authorization"].startswith("Basic ")


async def test_everybody_waits_for_one_sign_in(desk: Desk) -> None:
    """A hundred callers make one token call."""
    desk.server.then(pair(1))
    keeper = desk.keeper()
    tokens = await asyncio.gather(*(keeper.token() for _ in range(100)))
    assert set(tokens) == {"access-1"}
    assert desk.grants() == ["jwt-bearer"]


async def test_the_token_is_refreshed_at_about_80_percent_of_its_life(desk: Desk) -> None:
    """Not before, and by the refresh token."""
    desk.server.then(pair(1), pair(2))
    keeper = desk.keeper()
    await keeper.token()
    desk.clock.move(LIFE_S * 0.77)
    assert await keeper.token() == "access-1"
    desk.clock.move(LIFE_S * 0.06)
    assert await keeper.token() == "access-2"
    assert desk.grants() == ["jwt-bearer", "refresh_token"]


async def test_a_restart_uses_the_stored_pair(desk: Desk) -> None:
    """No call while the token is good, and a refresh when it is not."""
    desk.server.then(pair(1), pair(2))
    await desk.keeper().token()
    assert await desk.keeper().token() == "access-1"
    desk.clock.move(LIFE_S)
    assert await desk.keeper().token() == "access-2"
    assert desk.grants() == ["jwt-bearer", "refresh_token"]


async def test_another_credential_does_not_find_the_pair_of_the_old_one(desk: Desk) -> None:
    """A changed JWT may belong to somebody else."""
    desk.server.then(pair(1), pair(2))
    await desk.keeper().token()
    desk.jwt = "another"
    assert await desk.keeper().token() == "access-2"


async def test_the_new_pair_is_on_disk_before_anybody_uses_it(desk: Desk) -> None:
    """When the vault cannot keep it, nobody gets it; the old refresh token gives it again."""

    async def fill_the_disk(_: web.Request) -> web.Response:
        desk.vault.full = True
        return pair(2)

    desk.server.then(pair(1), fill_the_disk, pair(2))
    keeper = desk.keeper()
    await keeper.token()
    desk.clock.move(LIFE_S)
    with pytest.raises(PagerUnavailableError):
        await keeper.token()
    desk.vault.full = False
    desk.clock.move(TURN.total_seconds())
    assert await keeper.token() == "access-2"
    assert desk.server.requests[1][3] == desk.server.requests[2][3]


async def test_a_crash_between_answer_and_disk_heals_by_refreshing_again(desk: Desk) -> None:
    """The stored refresh token is tried again; RingCentral gives the same new pair."""
    desk.server.then(pair(1), reset, pair(2))
    await desk.keeper().token()
    desk.clock.move(LIFE_S)
    with pytest.raises(PagerUnavailableError):
        await desk.keeper().token()
    assert await desk.keeper().token() == "access-2"
    assert desk.grants() == ["jwt-bearer", "refresh_token", "refresh_token"]


async def test_a_lost_session_is_replaced_by_signing_in_anew(desk: Desk) -> None:
    """A refused refresh is not repeated; the credential is used instead."""
    desk.server.then(pair(1), said(400, "OAU-213"), pair(3))
    keeper = desk.keeper()
    await keeper.token()
    desk.clock.move(LIFE_S)
    assert await keeper.token() == "access-3"
    assert desk.grants() == ["jwt-bearer", "refresh_token", "jwt-bearer"]


async def test_a_pair_another_process_got_is_taken_over(desk: Desk) -> None:
    """Our refresh token was used up by a twin, whose pair is in the vault."""
    desk.server.then(pair(1), said(400, "OAU-213"))
    keeper = desk.keeper()
    await keeper.token()
    (name,) = [key for key in desk.vault.values if ".token." in key]
    theirs = TokenPair.restored(desk.vault.values[name])
    assert theirs is not None
    desk.vault.values[name] = replace(theirs, access="theirs").stored()
    desk.clock.move(LIFE_S * 0.9)
    assert await keeper.token() == "theirs"


async def test_a_refused_credential_is_not_tried_again_soon(desk: Desk) -> None:
    """All calls of the sender fail here, without a request; after a while one is made."""
    desk.server.then(said(400, "OAU-140"), said(400, "OAU-140"), pair(1))
    keeper = desk.keeper()
    for _ in range(20):
        with pytest.raises(PagerAuthError) as caught:
            await keeper.token()
        assert (caught.value.vendor_code, caught.value.trace) == ("OAU-140", "trace-1")
    assert len(desk.server.requests) == 1
    desk.clock.move(61)
    with pytest.raises(PagerAuthError):
        await keeper.token()
    desk.clock.move(61)
    with pytest.raises(PagerAuthError):
        await keeper.token()
    assert len(desk.server.requests) == 2
    desk.clock.move(60)
    assert await keeper.token() == "access-1"


async def test_a_throttled_token_call_silences_the_sender_until_retry_after(desk: Desk) -> None:
    """Even a restart stays silent: every call would start the penalty anew."""
    busy = said(429, "CMN-301")
    busy.headers["Retry-After"] = "77"
    desk.server.then(busy, pair(1))
    keeper = desk.keeper()
    with pytest.raises(PagerThrottledError):
        await keeper.token()
    desk.clock.move(76)
    for each in (keeper, desk.keeper()):
        with pytest.raises(PagerThrottledError) as caught:
            await each.token()
        assert caught.value.retry_at is not None
    assert len(desk.server.requests) == 1
    desk.clock.move(10)
    assert await keeper.token() == "access-1"


@pytest.mark.parametrize("trouble", [reset, web.Response(status=500), web.Response(text="<html>")])
async def test_an_unanswered_token_call_is_tried_again_ten_seconds_later(
    desk: Desk, trouble: web.Response
) -> None:
    """Not at once, and not by everybody who waits."""
    desk.server.then(trouble, pair(1))
    keeper = desk.keeper()
    outcomes = await asyncio.gather(*(keeper.token() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(outcome, PagerUnavailableError) for outcome in outcomes)
    desk.clock.move(9)
    with pytest.raises(PagerUnavailableError) as caught:
        await keeper.token()
    assert caught.value.retry_at is not None
    assert len(desk.server.requests) == 1
    desk.clock.move(1)
    assert await keeper.token() == "access-1"


async def test_a_busy_token_endpoint_is_left_alone_as_long_as_it_asks(desk: Desk) -> None:
    """503 with Retry-After."""
    desk.server.then(web.Response(status=503, headers={"Retry-After": "45"}), pair(1))
    keeper = desk.keeper()
    with pytest.raises(PagerUnavailableError):
        await keeper.token()
    desk.clock.move(44)
    with pytest.raises(PagerUnavailableError):
        await keeper.token()
    desk.clock.move(1)
    assert await keeper.token() == "access-1"


async def test_five_sign_ins_a_minute_is_all_there_is(desk: Desk) -> None:
    """The Auth group counts all senders of the app; the sixth waits without a request."""
    shelf = Shelf(desk.vault)
    gates = Gates("app", Rates(), shelf, desk.seams())
    keepers = [
        TokenKeeper(
            Credential.of(desk.server.url, App("client", "secret"), f"jwt-{n}"),
            desk.transport,
            gates,
            shelf,
            desk.seams(),
        )
        for n in range(6)
    ]
    desk.server.then(*(pair(n) for n in range(6)))
    for keeper in keepers[:5]:
        await keeper.token()
    with pytest.raises(PagerThrottledError) as caught:
        await keepers[5].token()
    assert len(desk.server.requests) == 5
    assert caught.value.retry_at is not None
    desk.clock.move((caught.value.retry_at - desk.clock.now()).total_seconds())
    await keepers[5].token()


async def test_waiting_for_the_auth_group_does_not_stop_a_token_that_still_works(
    desk: Desk,
) -> None:
    """Renewal begins early; until the token ends there is no hurry."""
    shelf = Shelf(desk.vault)
    gates = Gates("app", Rates(auth=1), shelf, desk.seams())
    one, two = (
        TokenKeeper(
            Credential.of(desk.server.url, App("client", "secret"), jwt),
            desk.transport,
            gates,
            shelf,
            desk.seams(),
        )
        for jwt in ("one", "two")
    )
    desk.server.then(pair(1), pair(2), pair(3))
    await one.token()
    desk.clock.move(61)
    await two.token()
    desk.clock.move(LIFE_S * 0.9)
    assert await one.token() == "access-3"
    assert await two.token() == "access-2"


@pytest.mark.parametrize(
    "broken",
    [
        {"access_token": 7},
        {"access_token": "two words"},
        {"expires_in": "3600"},
        {"expires_in": 10**30},
        {"refresh_token": ["x"]},
    ],
)
async def test_a_token_answer_that_makes_no_sense_is_no_token(
    desk: Desk, broken: dict[str, object]
) -> None:
    """Nothing of it is stored or used."""
    desk.server.then(pair(1, **broken))
    with pytest.raises(PagerUnavailableError):
        await desk.keeper().token()
    assert desk.vault.values == {}


async def test_secrets_stay_out_of_what_is_seen(desk: Desk) -> None:
    """Events, reprs and errors never show a token, the JWT or the client secret."""
    desk.server.then(
        pair(1, access_token="canary-access"), said(400, "OAU-213"), said(400, "OAU-1")
    )
    keeper = desk.keeper()
    await keeper.token()
    desk.clock.move(LIFE_S)
    with pytest.raises(PagerAuthError) as caught:
        await keeper.token()
    stored = TokenPair.restored(next(iter(desk.vault.values.values())))
    seen = [caught.value, stored, Credential("name", App("client", "canary"), "canary")]
    assert "canary" not in repr(seen) + json.dumps(desk.ears.heard)
