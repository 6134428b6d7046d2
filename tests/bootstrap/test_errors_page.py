"""The page of errors says what the code says."""

import re
from pathlib import Path

from gateway.bootstrap.errors_page import leaves, page
from gateway.domain import errors

PAGE = Path(__file__).parents[2] / "docs/reference/errors.md"


def test_page_is_written_from_the_code() -> None:
    """Renew it with `python -m gateway.bootstrap.errors_page > docs/reference/errors.md`."""
    assert PAGE.read_text() == page()


def test_every_error_is_listed_once_with_its_words() -> None:
    """And all of them stand in the tree at the head of their module."""
    codes = [kind.code for kind in leaves() if kind.__module__ == errors.__name__]
    drawn = re.findall(r"─ \w+Error +([a-z_.]+) ", errors.__doc__ or "")
    assert sorted(codes) == sorted(drawn)
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \|.*\| ([^|]*) \|$", page(), re.MULTILINE))
    assert [code for code in codes if not rows[code]] == []
