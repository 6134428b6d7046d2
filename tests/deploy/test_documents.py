"""Commands in documents and alert rules exist, with every option that is used."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from gateway.cli.main import main
from gateway.settings import known_variables

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/deploy/prometheus/rules.yaml"
DOCUMENTS = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^[$#] (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?:^|\s|/)gateway ((?!gateway )[a-z][^|;&]*)")


def commands(text: str) -> Iterator[str]:
    """Find what follows `gateway` wherever a document shows code."""
    typed = [line for block in _FENCED.findall(text) for line in _TYPED.findall(block)]
    for code in (*typed, *_INLINE.findall(_FENCED.sub("", text))):
        yield from _COMMAND.findall(code)


def problem(said: str) -> str:
    """Say what the program would not understand; empty when it would."""
    command: click.Command = main
    words = said.split()
    context = click.Context(main)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"there is no `gateway {said}`"
        command, words = found, words[1:]
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    given = {word.partition("=")[0].rstrip(",.") for word in words if word.startswith("--")}
    unknown = given - known - {"--help", "--version"}
    return f"`gateway {said}`: no {sorted(unknown)}" if unknown else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_of_documents_exist(document: Path) -> None:
    """Who types what is written there is not told that it does not exist."""
    found = list(commands(document.read_text()))
    assert [trouble for said in found if (trouble := problem(said))] == []


def test_commands_are_found() -> None:
    """Or the test above could not fail."""
    said = list(commands((ROOT / "docs/how-to/backup.md").read_text()))
    assert "status" in said
    assert any(each.startswith("backup restore ") for each in said)
    assert problem("backup burn x")
    assert problem("backup restore x --burn")


def test_first_steps_of_alerts_exist() -> None:
    """Who is woken types what the alert says."""
    (group,) = YAML(typ="safe").load(RULES)["groups"]
    firsts = [rule["annotations"]["first"] for rule in group["rules"]]
    found = [
        said.strip() for first in firsts for said in re.findall(r"gateway ([a-z][^;]*)", first)
    ]
    assert found
    assert [trouble for said in found if (trouble := problem(said))] == []


_TOML = re.compile(r"^( *)```toml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def settings_in(text: str) -> Iterator[str]:
    """List the settings that a document writes down, named as variables are."""
    for indent, block in _TOML.findall(text):
        yield from _leaves("GATEWAY", tomllib.loads(re.sub(rf"(?m)^{indent}", "", block)))


def _leaves(name: str, value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _leaves(f"{name}{'_' if name == 'GATEWAY' else '__'}{key}", inner)
        case [dict(), *_]:
            for inner in value:
                yield from _leaves(name, inner)
        case _:
            yield name.upper()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_of_documents_exist(document: Path) -> None:
    """Who copies a block into `gateway.toml` is not told that it does not exist."""
    known = set(known_variables())
    unknown = [
        name
        for name in settings_in(document.read_text())
        # Tables of the operator's own words, such as aliases, have any key below them.
        if not any(name == each or name.startswith(f"{each}__") for each in known)
    ]
    assert unknown == []


def test_settings_are_found() -> None:
    """Or the test above could not fail."""
    found = list(settings_in("```toml\n[[api.clients]]\nname = 'ci'\n[pager]\njwtt = 1\n```\n"))
    assert found == ["GATEWAY_API__CLIENTS__NAME", "GATEWAY_PAGER__JWTT"]
    assert "GATEWAY_PAGER__JWTT" not in set(known_variables())


_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_lead_somewhere(document: Path) -> None:
    """To a file that is there, and to a heading in it."""
    for path, anchor in _LINK.findall(_FENCED.sub("", document.read_text())):
        target = document.parent / path if path else document
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            assert anchor[1:] in headings(target.read_text()), f"{path}{anchor}"


def headings(text: str) -> set[str]:
    """Name the headings of a document as links do."""
    found = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", each.lower()) for each in found)
    return {each.strip().replace(" ", "-") for each in plain}


def test_every_document_is_found_from_the_first_page() -> None:
    """`docs/README.md` names them all; decisions have a list of their own."""
    folder = ROOT / "docs"
    listed = {path for path, _ in _LINK.findall((folder / "README.md").read_text())}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.md")}
    here = {each for each in there if not each.startswith("decisions/")} - {"README.md"}
    assert here - listed == set()
    assert "docs/README.md" in (ROOT / "README.md").read_text()
