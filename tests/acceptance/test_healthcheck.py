"""`gateway healthcheck`, as a container's engine calls it."""

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name


async def test_container_is_told_by_exit_codes(site: Site) -> None:
    """0 while it takes work, also when a vendor is away; 4 when nobody answers."""
    config = ("--config", site.config)
    async with site.started_service() as service:
        well = await command("healthcheck", *config)
        assert (well.code, well.out) == (Exit.OK, "ready\n")
        await site.pager.call("POST", "faults", {"verb": "refuse"})
        assert (await command("healthcheck", *config)).code == Exit.OK
        service.process.kill()
        await service.ended()
    gone = await command("healthcheck", *config)
    assert gone.code == Exit.UNREACHABLE
    assert gone.err.startswith("no answer")
