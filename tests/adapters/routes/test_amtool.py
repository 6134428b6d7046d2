"""Routing agrees with Alertmanager's own tool, on trees and labels made up by chance.

`amtool` comes with Debian's prometheus-alertmanager. Where it is absent these tests are skipped.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.syntax import RoutingSyntaxError
from gateway.routes.problems import RoutesError
from gateway.routes.reading import read_routes
from tests.unit.routing.trees import Chance, Written

AMTOOL = shutil.which("amtool")
TREES, LABEL_SETS = 110, 20
MATCHERS = 250

pytestmark = pytest.mark.skipif(
    AMTOOL is None,
    reason="NOT COMPARED WITH ALERTMANAGER: amtool (prometheus-alertmanager) is absent",
)


def amtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(AMTOOL), "config", "routes", *map(str, arguments)]
    return subprocess.run(  # noqa: S603  the tool we compare with, arguments made up here
        command, capture_output=True, text=True, check=False, timeout=60
    )


def nodes(route: Written) -> Iterator[Written]:
    yield route
    for child in route["routes"]:
        yield from nodes(child)


def config(tree: Written) -> dict[str, Any]:
    """Write what both read: ours needs a channel or a page for each receiver, theirs forbids it."""
    names = [each["receiver"] for each in nodes(tree) if "receiver" in each]
    return {"route": tree, "receivers": [{"name": name} for name in names]}


def ours(tree: Written) -> Any:
    content = config(tree)
    for receiver in content["receivers"]:
        receiver["channel"] = "C0"
    return read_routes(json.dumps(content)).routes.tree


def told(text: str) -> list[str]:
    return text.strip().split(",")


def disagreements(place: int, folder: Path) -> list[str]:
    """Ask both about one tree."""
    chance = Chance(place)
    tree = chance.tree()
    file = folder / f"{place}.yml"
    file.write_text(json.dumps(config(tree)))
    grown = ours(tree)
    found = []
    for labels in [chance.labels() for _ in range(LABEL_SETS)]:
        pairs = [
            f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()
        ]
        theirs = amtool("test", f"--config.file={file}", *pairs)
        mine = [route.settings.receiver for route in grown.match(labels)]
        if theirs.returncode or told(theirs.stdout) != mine:
            found.append(f"{file}: {labels}: {theirs.stdout}{theirs.stderr} but {mine}")
    return found


def in_parallel(work: Any, items: Iterable[int]) -> list[str]:
    with ThreadPoolExecutor(4) as pool:
        return [each for found in pool.map(work, items) for each in found]


def test_the_same_labels_reach_the_same_receivers(tmp_path: Path) -> None:
    """2,200 pairs of tree and labels: names, order and number of receivers are the same."""
    assert in_parallel(lambda place: disagreements(place, tmp_path), range(TREES)) == []


def odd_matcher(place: int) -> str:
    """Make up something near a matcher."""
    chance = Chance(place)
    return chance.garbled(chance.matcher())


def test_the_same_matchers_are_read(tmp_path: Path) -> None:
    """What one refuses the other refuses, and what both read they write the same way."""

    def differences(place: int) -> list[str]:
        text = odd_matcher(place)
        tree: Written = {"receiver": "r", "routes": [{"matchers": [text], "routes": []}]}
        file = tmp_path / f"{place}.yml"
        file.write_text(json.dumps(config(tree)))
        theirs = amtool("show", f"--config.file={file}")
        try:
            mine = ",".join(str(matcher) for matcher in parse_matchers(text))
        except RoutingSyntaxError as error:
            mine = ""
            is_ours = error.problem in OURS_ONLY
        else:
            is_ours = False
        agree = (theirs.returncode == 0 and mine and f"{{{mine}}}" in theirs.stdout) or (
            theirs.returncode != 0 and not mine
        )
        return (
            [] if agree or is_ours else [f"{text!r}: {theirs.stdout}{theirs.stderr} but {mine!r}"]
        )

    assert in_parallel(differences, range(MATCHERS)) == []


OURS_ONLY = {'expected a matcher such as team="db"'}
"""Refused by us alone: a text without any matcher, which there means a route for everything."""


@pytest.mark.parametrize("field", ["weekdays", "days_of_month", "months"])
def test_the_same_ranges_are_read(field: str, tmp_path: Path) -> None:
    """Of days and months, forwards and backwards, by name and number."""
    words = {
        "weekdays": ["monday", "sunday", "Friday", "fri", "1"],
        "days_of_month": ["1", "-1", "31", "-31", "28", "-3", "0", "32"],
        "months": ["january", "may", "12", "3", "x"],
    }[field]

    def differences(place: int) -> list[str]:
        first, last = divmod(place, len(words))
        text = words[first] if first == last else f"{words[first]}:{words[last]}"
        named = {"name": "n", "time_intervals": [{field: [text]}]}
        content = {**config({"receiver": "r", "routes": []}), "time_intervals": [named]}
        file = tmp_path / f"{place}.yml"
        file.write_text(json.dumps(content))
        theirs = amtool("show", f"--config.file={file}").returncode == 0
        content["receivers"][0]["channel"] = "C0"
        try:
            read_routes(json.dumps(content))
        except RoutesError:
            return [f"{text}: theirs reads it"] if theirs else []
        return [] if theirs else [f"{text}: theirs refuses it"]

    assert in_parallel(differences, range(len(words) ** 2)) == []
