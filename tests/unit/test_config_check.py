"""`gateway config check`: what would stop the service is told before, in one shape for all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.config import config
from gateway.cli.exits import Exit

MINIMAL = '[slack]\nbot_token = "xoxb-1"\nsigning_secret = "s"\n'
ROUTES = """\
receivers:
  - {name: lobby, channel: C0OPS}
  - {name: dba, page: [DBA]}
route:
  receiver: lobby
  routes: [{matchers: [team=db], receiver: dba}]
schedules:
  - {name: night, rotations: [{people: ["102"], starts: 2026-01-05T09:00, every: 7d}]}
templates: {short: "{alertname}"}
"""

COMPANY = Path(__file__).parents[2] / "config/demo/directory.yaml"

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Put files into a folder of their own, which is the working directory."""
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return written


def check(*arguments: str | Path, given: str = "") -> Result:
    return CliRunner().invoke(config, ["check", *map(str, arguments)], input=given)


def test_what_was_found_is_told(write: Write) -> None:
    """Of the settings, and of the routes they name; empty parts are left out."""
    write("routes.yaml", ROUTES)
    result = check(write("gateway.toml", f'{MINIMAL}[routing]\nfile = "routes.yaml"\n'))
    assert result.exit_code == Exit.OK
    assert result.stdout.splitlines() == [
        "gateway.toml: ok",
        "routes.yaml: ok: 2 routes, 2 receivers, 1 schedule, 1 template",
    ]


def test_problems_of_all_files_are_told_at_once(write: Write) -> None:
    """In one shape, TOML or YAML; each with its line and a caret."""
    settings = write("gateway.toml", f"{MINIMAL}[server]\nprot = 80\nport = 70000\n")
    result = check(settings, write("routes.yml", ROUTES.replace("receiver: dba", "receiver: dbx")))
    assert result.exit_code == Exit.CONFIGURATION
    assert result.stderr == (
        'gateway.toml:5:1: server.prot: unknown key "prot" — did you mean "port"?\n'
        "    prot = …\n    ^\n"
        "gateway.toml:6:8: server.port: expected 65535 or less\n"
        "    port = 70000\n           ^\n"
        "routes.yml:6:44: route.routes.0.receiver: "
        'there is no receiver "dbx" — did you mean "dba"?\n'
        "      routes: [{matchers: [team=db], receiver: dbx}]\n"
        f"    {' ' * 43}^\n"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [(MINIMAL + "mod = 1\n", "stdin:4:1"), (ROUTES + "templats: {}\n", "stdin:10:1")],
)
@pytest.mark.usefixtures("write")
def test_standard_input_is_settings_or_routes(text: str, place: str) -> None:
    """What it is, its text tells; a pipeline needs no file."""
    assert check("-", given=text).stderr.startswith(place)


def test_programs_read_json_and_workflows_read_marks(write: Write) -> None:
    """Exit code and places are the same in every form."""
    file = write("gateway.toml", f"{MINIMAL}mod = 1\n")
    marked = check(file, "--format", "github")
    unknown = 'slack.mod: unknown key "mod" — did you mean "mode"?'
    assert marked.stdout == f"::error file=gateway.toml,line=4,col=1::{unknown}\n"
    answer = check(file, write("routes.yaml", ROUTES), "--format", "json")
    bad, good = json.loads(answer.stdout)
    assert (bad["ok"], bad["problems"][0]["line"], bad["problems"][0]["path"]) == (
        False,
        4,
        "slack.mod",
    )
    assert (good["ok"], good["found"]["receivers"]) == (True, 2)
    assert {marked.exit_code, answer.exit_code} == {Exit.CONFIGURATION}


@pytest.mark.parametrize(("name", "text"), [("gateway.toml", MINIMAL), ("routes.yaml", ROUTES)])
def test_files_that_anybody_may_write_to_are_refused(write: Write, name: str, text: str) -> None:
    """Whoever can change them decides who is paged."""
    file = write(name, text)
    assert check(file).exit_code == Exit.OK
    file.chmod(0o666)
    result = check(file)
    assert result.exit_code == Exit.CONFIGURATION
    assert "anybody on this computer may write to it" in result.stderr


def test_a_certificate_that_cannot_be_used_is_told_where_it_is_named(write: Write) -> None:
    """It would stop the service as well."""
    file = write("gateway.toml", f'{MINIMAL}[server]\ntls_certificate = "none.crt"\n')
    result = check(file)
    assert result.exit_code == Exit.CONFIGURATION
    assert result.stderr.startswith("gateway.toml:5:19: server.tls_certificate: ")


def test_names_nobody_has_are_pointed_out(write: Write) -> None:
    """In the company of our own, whose directory is a file; the routes are usable all the same."""
    write(
        "routes.yaml",
        "receivers: [{name: lobby, page: [DBA, Avery Kin, night]}]\nroute: {receiver: lobby}\n",
    )
    settings = '[routing]\nfile = "routes.yaml"\n[directory.aliases]\nnight = ["102"]\n'
    result = check(write("gateway.toml", MINIMAL + settings))
    assert result.exit_code == Exit.OK
    assert 'there is nobody called "Avery Kin" — did you mean "Avery Kim"?' in result.stderr
    assert result.stderr.count("nobody called") == 1


def test_a_question_about_nobody_is_told(write: Write) -> None:
    """Where the company is a file it can be known; it does not make the settings unusable."""
    write("company.yaml", COMPANY.read_text(encoding="utf-8"))
    embedded = '[pager]\nbackend = "embedded"\ndirectory = "company.yaml"\n'
    asked = '[policy]\nask_before = ["Nursing", "Nursery"]\n'
    result = check(write("gateway.toml", f"{MINIMAL}{embedded}{asked}"))
    assert result.exit_code == Exit.OK
    assert 'policy.ask_before: nobody called "Nursery"' in result.output
    assert '"Nursing"' not in result.output.partition("\n")[0]
