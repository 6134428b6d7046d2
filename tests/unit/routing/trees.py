"""Trees and labels made up by chance, from few names and values so that they often meet."""

import random
from typing import NotRequired, TypedDict

from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.tree import OwnSettings, RoutingTree, Seed, grow

NAMES = ["team", "severity", "host", "zone"]
VALUES = [
    "",
    "db",
    "web",
    "critical",
    "warning",
    "db-1",
    "db-2",
    "web-1",
    "a b",
    'q"q',
    "é\\n",
    "x\ny",
]
PATTERNS = [
    "db|web",
    "db.*",
    ".*-1",
    ".+",
    ".*",
    "",
    "(db|web)-[0-9]+",
    "(?i)DB|critical",
    "[^d].*",
    "db-?1?",
    "^crit.*",
    ".*i.*g$",
    "(?s).*y",
    "w(arn|eb).*",
    r"\w+-\d",
    r"\bdb\b.*",
]
DEPTH, WIDTH = 3, 5


Written = TypedDict(
    "Written",
    {
        "receiver": NotRequired[str],
        "matchers": NotRequired[list[str]],
        "continue": NotRequired[bool],
        "routes": "list[Written]",
    },
)
"""A route as it stands in Alertmanager's file and in ours."""


def planted(written: Written) -> RoutingTree:
    """Grow a tree without going through a file."""
    return grow(_seed(written))


def _seed(written: Written) -> Seed:
    return Seed(
        own=OwnSettings(receiver=written.get("receiver")),
        matchers=tuple(m for text in written.get("matchers", []) for m in parse_matchers(text)),
        continues=written.get("continue", False),
        routes=tuple(map(_seed, written["routes"])),
    )


class Chance:
    """Makes things up; the same seed makes the same things."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  examples, no secrets
        self._receivers = 0

    def labels(self) -> dict[str, str]:
        chosen = self._random.sample(NAMES, self._random.randrange(len(NAMES) + 1))
        return {name: self._random.choice(VALUES) for name in chosen}

    def matcher(self) -> str:
        operator = self._random.choice(["=", "=", "=", "!=", "=~", "=~", "!~"])
        value = self._random.choice(PATTERNS if "~" in operator else VALUES)
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self._random.choice(NAMES)}{operator}"{escaped}"'

    def tree(self, depth: int = 0) -> Written:
        width = self._random.randrange(WIDTH + 1) if depth < DEPTH else 0
        route: Written = {"routes": [self.tree(depth + 1) for _ in range(max(width, not depth))]}
        if not depth or self._random.randrange(5):
            self._receivers += 1
            route["receiver"] = f"r{self._receivers}"
        if depth:
            route["matchers"] = [self.matcher() for _ in range(self._random.choice([1, 1, 1, 2]))]
            route["continue"] = self._random.randrange(3) == 0
        return route

    def wide_tree(self, count: int) -> Written:
        leaves: list[Written] = [
            {"matchers": [self.matcher()], "continue": self._random.randrange(3) > 0, "routes": []}
            for _ in range(count)
        ]
        return {"receiver": "root", "routes": leaves}

    def garbled(self, text: str) -> str:
        """Change a character or two, mostly into one that means something."""
        for _ in range(self._random.randrange(3)):
            at = self._random.randrange(len(text) + 1)
            text = text[:at] + self._random.choice(["", *'"\\={}!~, ,nx']) + text[at + 1 :]
        return text
