"""What no reviewer has to look for, because a linter or this file would find it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "S608": "def f(name: str) -> str:\n    return f\"SELECT * FROM pages WHERE ref = '{name}'\"\n",
    "S101": 'def f(name: str) -> None:\n    assert name == "admin"\n',
    "TID251": "import time\n\nNOW = time.time()\n",
    "S113": 'import requests\n\nrequests.get("https://example.com")\n',
    "BLE001": "try:\n    pass\nexcept Exception:\n    pass\n",
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_the_linter_forbids_it(rule: str) -> None:
    """In the program itself, with the settings of this project."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "check", "--no-cache", "--stdin-filename", "gateway/services/new.py", "-"]
    ran = subprocess.run(  # noqa: S603 - our own linter
        command, input=FORBIDDEN[rule], text=True, cwd=ROOT, capture_output=True, check=False
    )
    assert rule in ran.stdout


SECRET = re.compile(r"(^|_)(secret|signature|token|digest|mac|seal|verifier)s?$")
OURS = {
    "gateway/domain/audit.py": "both seals are from our own table",
    "gateway/services/orders.py": "what a client asked for under its own key",
    "adapters/chat/slack/installation.py": "tokens of ours: is there a newer one already?",
    "adapters/storage/lanes.py": "a fencing token is a counter",
    "adapters/chat/slack_simulator/methods/apps.py": "a stand-in on loopback",
    "adapters/chat/slack_simulator/methods/oauth.py": "the same",
}
"""Where nobody guesses."""


def compared(tree: ast.AST) -> Iterator[int]:
    """Find the lines in which something that is called a secret is compared with `==` or `in`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = (node.left, *node.comparators)
        names = [_name(side) for side in sides]
        by_value = any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        literal = any(isinstance(side, ast.Constant) for side in sides)
        if by_value and not literal and any(map(SECRET.search, names)):
            yield node.lineno


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_secrets_are_compared_in_constant_time() -> None:
    """How long it takes tells nothing about how much of a guess was right."""
    found = {
        str(file.relative_to(ROOT))
        for folder in ("gateway", "adapters")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if any(compared(ast.parse(file.read_text(encoding="utf-8"))))
    }
    assert list(compared(ast.parse("if given == secret: pass"))) == [1]
    assert found == set(OURS)
