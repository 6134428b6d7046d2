"""Tokens of programs: several at a time, each to its end, changed without a restart."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from adapters.alerts.authentication.keyring import KeyringError
from adapters.alerts.settings import Secret
from gateway.bootstrap.api import Tokens
from gateway.settings import ApiClientSettings, ApiSettings
from tests.fakes.clock import MovedClock
from tests.web.api_doors import CI, api_world, settings, with_token

NEXT = "next-token-0123456789abc"


async def test_two_tokens_live_at_a_time_until_the_old_one_ends() -> None:
    """After its end it is as unknown as any other, at once."""
    end = MovedClock().now() + timedelta(hours=1)
    old = Secret(value=SecretStr(CI), until=end)
    async with api_world(with_token("ci", old, NEXT)) as api:
        for token in (CI, NEXT):
            assert (await api.order("102", token=token)).status == 202
        api.acme.clock.move(3600)
        assert (await api.order("102", token=CI)).status == 401
        assert (await api.order("102", token=NEXT)).status == 202


async def test_a_token_in_a_file_is_read_for_each_request(tmp_path: Path) -> None:
    """A new file counts at once; one that went away lets nobody in."""
    file = tmp_path / "ci_token"
    file.write_text(CI + "\n", encoding="utf-8")
    async with api_world(with_token("ci", Secret(file=file))) as api:
        assert (await api.order("102", token=CI)).status == 202
        file.write_text(NEXT, encoding="utf-8")
        assert (await api.order("102", token=CI)).status == 401
        assert (await api.order("102", token=NEXT)).status == 202
        file.unlink()
        for token in (NEXT, ""):
            assert (await api.look("pg_0001", token)).status == 401


@pytest.mark.parametrize(
    "clients",
    [
        (with_token("ci", "s3cret"),),
        (with_token("ci", CI), with_token("cron", CI)),
        (with_token("ci", Secret(file=Path("absent"))),),
    ],
)
def test_tokens_that_cannot_serve_are_told_at_the_start(
    clients: tuple[ApiClientSettings, ...],
) -> None:
    """By the client's name, never by the token."""
    with pytest.raises(KeyringError, match=r"^api\.clients") as refused:
        Tokens(settings(*clients), MovedClock())
    assert CI not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["ci", "operator"])
def test_every_client_has_a_name_of_its_own(name: str) -> None:
    """A page belongs to one of them, or to whoever may open the control socket."""
    with pytest.raises(ValidationError, match="same name"):
        ApiSettings(clients=(with_token("ci", CI), with_token(name, NEXT)))
