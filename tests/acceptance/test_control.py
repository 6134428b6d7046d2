"""Commands to a gateway that runs: found by its settings, understood by programs and people."""

import json
from pathlib import Path

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


async def test_status_is_found_by_the_settings(site: Site) -> None:
    """The settings file alone leads there: no secret has to be at hand."""
    async with site.started_service() as service:
        plain = await command("status", "--config", site.config)
        assert plain.code == Exit.OK
        assert "state\tready" in plain.out.splitlines()
        told = await command("status", "--config", site.config, "--json")
        assert json.loads(told.out)["ready"] is True
        assert await service.stop() == 0
    gone = await command("status", "--config", site.config)
    assert gone.code == Exit.UNREACHABLE
    assert "Is the gateway running?" in gone.err


async def test_socket_can_be_named(site: Site, tmp_path: Path) -> None:
    """By a setting, and by an option."""
    socket = tmp_path / "here"
    async with site.service(GATEWAY_ADMIN__SOCKET=str(socket)) as service:
        await service.logged("gateway.started")
        assert (await command("status", "--socket", socket)).code == Exit.OK
        elsewhere = await command("status", "--config", site.config)
        assert elsewhere.code == Exit.UNREACHABLE


async def test_settings_that_are_broken_are_told(tmp_path: Path) -> None:
    """As everywhere: exit 3 and the problem."""
    config = tmp_path / "gateway.toml"
    config.write_text("[admin]\nsokcet = 'x'\n")
    said = await command("status", "--config", config)
    assert said.code == Exit.CONFIGURATION
    assert "admin.sokcet" in said.err
