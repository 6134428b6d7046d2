"""CONFIG: each thing that can be wrong with settings, secrets and routes, with its mending."""

import re
from pathlib import Path

import pytest

from gateway import doctor
from gateway.doctor import examine, running
from gateway.doctor.findings import Finding, Level, Section
from gateway.doctor.site import Site, Tools
from gateway.settings import Places, load_settings
from tests.doctor.office import Found, Office


async def test_a_whole_installation_has_nothing_to_mend(office: Office) -> None:
    """Every section is looked into and says only good things; nothing is left behind."""
    before = {office.folder / name for name in ("secrets", "routes.yaml", "gateway.toml")}
    found = await office.examined()
    assert found.troubles() == []
    assert list(found.report.sections) == list(Section)
    assert all(found.report.sections.values())
    assert set(office.folder.iterdir()) == before


async def test_settings_that_are_no_toml(office: Office) -> None:
    """The place is named; nothing else can be looked into."""
    office.file.write_text("[slack\n", encoding="utf-8")
    found = Found(await examine(office.file))
    found.failed("config.unusable", "gateway.toml", f"Correct it in {office.file}")
    assert list(found.report.sections) == [Section.CONFIG]


async def test_a_misspelled_variable(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings library would ignore it; the right name is suggested."""
    monkeypatch.setenv("GATEWAY_SLACK__BOT_TOKNE", "xoxb-1")
    found = await office.examined()
    found.failed("config.unusable", 'GATEWAY_SLACK__BOT_TOKEN"?', "the variable")


async def test_a_token_that_is_missing(office: Office) -> None:
    """The command that asks for it is named."""
    (office.folder / "secrets" / "slack__bot_token").unlink()
    found = await office.examined()
    found.failed("config.unusable", "slack.bot_token: is required", "gateway setup slack")


async def test_a_secret_that_is_empty(office: Office) -> None:
    """No gateway starts with it, and the command that asks for it is named."""
    office.hides("pager__client_secret", "\n")
    found = await office.examined()
    found.failed("config.unusable", "pager.client_secret: must not be empty", "setup ringcentral")


async def test_a_secret_that_is_blank(office: Office) -> None:
    """The settings count characters; a space is one, and opens nothing."""
    (office.folder / "secrets" / "pager__jwt").unlink()
    office.tables["pager"]["jwt"] = " "
    found = await office.examined()
    found.failed("config.secret_empty", "pager.jwt", "secrets/pager__jwt")


async def test_a_secret_of_the_example(office: Office) -> None:
    """An ellipsis is no token."""
    office.hides("slack__signing_secret", "8f74…")
    found = await office.examined()
    found.failed("config.secret_example", "slack.signing_secret", "gateway setup slack")


async def test_a_secret_that_everybody_can_read(office: Office) -> None:
    """On a machine with other users it is none any more."""
    (office.folder / "secrets").chmod(0o755)
    file = office.hides("pager__jwt", office.pager.jwt["700"])
    file.chmod(0o644)
    found = await office.examined()
    found.failed("config.secret_readable", str(file), f"chmod 600 {file}")


async def test_a_secret_in_settings_that_everybody_can_read(office: Office) -> None:
    """Settings without secrets may be read by all, those with them may not."""
    office.tables["slack"]["bot_token"] = office.slack.bot_token
    office.folder.chmod(0o755)
    found = await office.examined()
    found.failed("config.secret_readable", "gateway.toml", "chmod 600")
    office.file.chmod(0o600)
    assert not Found(await examine(office.file)).troubles()


async def test_a_secret_under_a_wrong_name(office: Office) -> None:
    """It would be read by nobody."""
    office.hides("slakc__bot_token", "xoxb-1")
    found = await office.examined()
    found.warned("config.secret_unknown", "slakc__bot_token", "slack__bot_token")


async def test_routes_with_a_mistake(office: Office) -> None:
    """The line is named."""
    office.routes.write_text("route: {recever: dba}\n", encoding="utf-8")
    found = await office.examined()
    troubles = [each.what for each in found.troubles() if each.code == "config.routes_unusable"]
    assert any("routes.yaml:1:" in what for what in troubles)
    assert not found.report.healthy


async def test_routes_that_are_missing(office: Office) -> None:
    """A file that is named has to be there."""
    office.routes.unlink()
    found = await office.examined()
    found.failed("config.routes_unusable", "cannot be read", "Correct")


async def test_a_credential_of_a_source_that_is_missing(office: Office) -> None:
    """The start would be refused; the source is named."""
    auth = {"profile": "token", "secrets": ["file:am_prod"]}
    source = {"name": "am-prod", "kind": "alertmanager", "auth": auth}
    office.tables["alerts"] = {"sources": [source]}
    found = await office.examined()
    found.failed("config.credential_unusable", "alerts.sources.am-prod", "secrets/NAME")
    office.hides("am_prod", "a-long-random-secret-of-your-own")
    assert (await office.examined()).troubles() == []


def test_every_trouble_is_seeded_here() -> None:
    """What the doctor can say has a test that makes it say so."""
    source = "".join(file.read_text() for file in Path(doctor.__file__).parent.glob("*.py"))
    here = Path(__file__).parents[1]
    files = (*here.glob("doctor/test_*.py"), *here.glob("cli/test_*.py"))
    tests = "".join(file.read_text() for file in files)
    sections = "|".join(Section)
    troubles = re.findall(
        rf'(?:warn|fail|say|_for|FAIL|WARN)\W[^"]*?"((?:{sections})\.[a-z_]+)"', source
    )
    assert len(set(troubles)) > 60
    assert sorted({code for code in troubles if f'"{code}"' not in tests}) == []


async def test_the_file_of_a_further_workspace_that_cannot_be_used(office: Office) -> None:
    """It is named; a start would be refused."""
    folder = office.folder / "workspaces.d"
    folder.mkdir()
    (folder / "north.toml").write_text('[slack]\nteam = "north"\n', encoding="utf-8")
    office.tables["slack"]["team"] = "T0ACME"
    office.tables["workspaces"] = {"folder": str(folder)}
    found = await office.examined()
    said = {each.fix for each in found.all() if each.code == "config.unusable"}
    assert said == {f"Correct {folder / 'north.toml'}."}
    assert not found.report.healthy


async def test_a_further_workspace_that_the_running_gateway_has_not_opened(office: Office) -> None:
    """Its own reason is passed on; of one that was added since, a new start is what it needs."""
    office.tables["slack"]["team"] = "T0NORTH"
    office.write()
    settings = load_settings(office.file)

    def looked(workspaces: dict[str, object]) -> list[Finding]:
        first = {"workspaces": workspaces}
        site = Site(Places(), settings, Tools(), first=first, is_further=True)
        return [finding for check in running.CHECKS for finding in check(site)]

    (away,) = looked({"T0NORTH": {"ready": False, "degraded": ["the key is another"]}})
    assert (away.code, away.level) == ("config.not_open", Level.FAIL)
    assert "the key is another" in away.what
    (newer,) = looked({})
    assert (newer.code, newer.level) == ("config.not_in_force", Level.WARN)
