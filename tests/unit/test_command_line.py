"""What every command has in common, and the small ones that tell about the program itself."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway import __version__
from gateway.cli.completion import completion
from gateway.cli.main import main
from gateway.cli.page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
CPU_S = 0.15
"""What `--help` may take of a processor: it stays under people's notice."""


def test_help_is_quick() -> None:
    """No command is imported for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "gateway", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent <= CPU_S


def test_the_page_is_the_one_the_commands_write() -> None:
    """Renew it with `python -m gateway.cli.page > docs/reference/commands.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_is_explained() -> None:
    """By what it does and, in its list, by one line."""
    for part in page().split("\n## ")[2:]:
        for command in part.split("\n### "):
            heading, _, rest = command.partition("\n")
            assert rest.strip()[:1].isupper(), heading


def test_version_tells_what_runs_here() -> None:
    """In words, or for programs."""
    assert CliRunner().invoke(main, ["version"]).output.startswith(f"gateway {__version__} (Python")
    told = json.loads(CliRunner().invoke(main, ["version", "--json"]).output)
    assert (told["version"], set(told)) == (__version__, {"version", "python", "system"})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    """By the name of the command that is installed."""
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0
    assert "_GATEWAY_COMPLETE" in told.output


def test_commands_and_options_are_completed() -> None:
    """As click does it."""
    words = {"_GATEWAY_COMPLETE": "bash_complete", "COMP_WORDS": "gateway comp", "COMP_CWORD": "1"}
    told = CliRunner().invoke(main, env=words, prog_name="gateway")
    assert told.output == f"plain,{completion.name}\n"
