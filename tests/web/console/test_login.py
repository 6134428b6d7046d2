"""Links over the control door, as `gateway console login` asks for them."""

from pathlib import Path

import pytest

from gateway.web.console.login import LoginDoor
from tests.web.console.trial import Trial
from tests.web.sockets import served


async def test_a_link_is_made_for_whoever_may_open_the_socket(
    console: Trial, tmp_path: Path
) -> None:
    """It leads to the console, under the name and role that were asked for."""
    login = LoginDoor(console.tickets, lambda: console.url)
    async with served(tmp_path / "s", *login.routes()) as door:
        body = {"by": "ada", "role": "operator"}
        async with door.post("/-/console/links", json=body) as answer:
            made = await answer.json()
    assert made["url"].startswith(f"{console.url}/console/sign-in/")
    assert made["ends_at"] == "2026-03-01T12:05:00+00:00"
    async with console.browser() as browser:
        seen = await browser.post(made["url"].removeprefix(console.url))
        assert "ada operator" in seen.words


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"by": "ada"}', b'{"by": "", "role": "admin"}', b'{"by":"a","role":"x"}']
)
async def test_a_link_names_a_person_and_a_role(
    console: Trial, tmp_path: Path, body: bytes
) -> None:
    """Otherwise there is none."""
    login = LoginDoor(console.tickets, lambda: console.url)
    async with (
        served(tmp_path / "s", *login.routes()) as door,
        door.post("/-/console/links", data=body) as answer,
    ):
        assert answer.status == 400


async def test_where_people_sign_in_otherwise_there_are_no_links(tmp_path: Path) -> None:
    """And it is said where to go."""
    login = LoginDoor(None, lambda: "https://ops.example")
    async with served(tmp_path / "s", *login.routes()) as door:
        body = {"by": "ada", "role": "admin"}
        async with door.post("/-/console/links", json=body) as answer:
            assert answer.status == 409
            told = (await answer.json())["error"]["message"]
    assert "https://ops.example/console" in told
