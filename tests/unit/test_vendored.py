"""What others wrote and we carry along is what they published, with its licence."""

from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = {
    "gateway/web/console/static/htmx.min.js": (
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    ),
    "tests/browser/axe/axe.min.js": (
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
    ),
}
"""As in the npm packages htmx.org 4.0.1 and axe-core 4.14.1, in their folders `dist` and `/`."""
LICENCES = {
    "gateway/web/console/static/htmx.LICENSE": "Zero-Clause BSD",
    "tests/browser/axe/LICENSE": "Mozilla Public License, version 2.0",
}


@pytest.mark.parametrize("file", PUBLISHED)
def test_vendored_files_are_as_published(file: str) -> None:
    """Nobody mends them here: a newer version takes their place, and its hash this one's."""
    assert sha256((ROOT / file).read_bytes()).hexdigest() == PUBLISHED[file]


@pytest.mark.parametrize("file", LICENCES)
def test_their_licences_come_along(file: str) -> None:
    """In the folder of what they are for."""
    assert LICENCES[file] in (ROOT / file).read_text(encoding="utf-8")


def test_the_console_carries_nothing_else_of_others() -> None:
    """Everything in its folder is ours or listed here."""
    folder = ROOT / "gateway/web/console/static"
    ours = {"console.css", "console.js", "favicon.svg"}
    listed = {Path(file).name for file in (*PUBLISHED, *LICENCES)}
    assert {file.name for file in folder.iterdir()} <= ours | listed
