"""Defences that can be cut out of the code, and the tests that have to notice.

`defences.toml` has one table for each: the file, the text that is the defence, what stands there
without it, and the tests that must fail then. The cut is made in a copy of the project, so every
process that such a test starts runs without the defence, too.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

PROJECT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist")
_WITHIN_S = 600.0
# A cut that leaves no working code behind is no proof that somebody misses what was cut out.
_BROKEN = re.compile(r"\b(ImportError|ModuleNotFoundError|NameError|SyntaxError|AttributeError)\b")


@dataclass(frozen=True, slots=True)
class Defence:
    """A piece of code that holds something off; `leave` is what is written in its place."""

    file: str
    take: str
    leave: str
    fails: tuple[str, ...]
    quick: bool = False

    def cut(self, source: str) -> str:
        """Write the source without the defence, which has to stand there exactly once."""
        if source.count(self.take) != 1:
            raise ValueError(self.file, self.take)
        return source.replace(self.take, self.leave)


def _read() -> dict[str, Defence]:
    tables = tomllib.loads(Path(__file__).with_name("defences.toml").read_text(encoding="utf-8"))
    return {
        name: Defence(**{**table, "fails": tuple(table["fails"])}) for name, table in tables.items()
    }


ALL: Mapping[str, Defence] = _read()


def noticed(defence: Defence, folder: Path) -> set[str]:
    """Run a defence's tests in a copy of the project without it; which of them noticed."""
    copy, report = folder / "project", folder / "report.xml"
    shutil.copytree(PROJECT, copy, ignore=_LEFT_OUT)
    file = copy / defence.file
    file.write_text(defence.cut(file.read_text(encoding="utf-8")), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(copy)}  # noqa: TID251 - a process of our own
    subprocess.run(  # noqa: S603 - our own tests
        (
            *(sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"),
            *(f"--junitxml={report}", *(f"tests/{name}" for name in defence.fails)),
        ),
        cwd=copy,
        env=environment,
        timeout=_WITHIN_S,
        check=False,
    )
    failed = {
        name
        for case in ET.parse(report).iter("testcase")  # noqa: S314 - written by our own run
        for failure in case.iter("failure")
        if not _BROKEN.search(failure.get("message", ""))
        for name in _names(case)
    }
    return failed & set(defence.fails)


def _names(case: ET.Element) -> tuple[str, str]:
    """Name a test as one of several with other values, and all of them together."""
    file = case.get("classname", "").removeprefix("tests.").replace(".", "/")
    name = case.get("name", "")
    return f"{file}.py::{name}", f"{file}.py::{name.partition('[')[0]}"
