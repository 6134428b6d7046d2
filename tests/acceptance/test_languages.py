"""Two people of one workspace, two languages, over real HTTP."""

from pathlib import Path
from shutil import copy, copytree

from gateway.demo.doors import Json, shown_text
from gateway.demo.world import DemoOptions, World, demo_files, running_world

OPS, BO, DANA = "C0OPS", "U0BO", "U0DANA"
_BO = "email: bo.chen@acme.example"


async def told(world: World, user: str, has: str) -> Json:
    """Wait for private words to somebody."""

    async def look() -> Json | None:
        found = [m for m in await world.slack_door.private(user) if has in shown_text(m)]
        return found[-1] if found else None

    return await world.player().until(look, f"{has!r} for {user}")


async def test_everybody_is_answered_in_the_language_they_use_slack_in(tmp_path: Path) -> None:
    """Slack says which that is; the channel goes on in its own."""
    files = copytree(demo_files(), tmp_path / "demo")
    copy(demo_files().parent / "slack-manifest.yaml", tmp_path)
    workspace = files / "workspace.yaml"
    text = workspace.read_text("utf-8")
    assert _BO in text
    workspace.write_text(text.replace(_BO, f"{_BO}, locale: de-DE"), "utf-8")
    async with running_world(DemoOptions(files=files)) as world:
        for user in (BO, DANA):
            asked = {"user": user, "channel": OPS, "text": "/page who"}
            await world.slack_door.post("commands", asked)
        await told(world, BO, "Abteilungen")
        await told(world, DANA, "Departments")
