"""What we are made of: locked versions, those not to be used, and a bill of materials.

`python -m tests.architecture.supply_chain` (`make sbom`) prints the bill as CycloneDX.
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from gateway import __version__

ROOT = Path(__file__).parents[2]
LOCKS = (ROOT / "requirements/runtime.txt", ROOT / "requirements/dev.txt")
_HASH = "--hash=sha256:"


@dataclass(frozen=True)
class Pin:
    """One locked package; `here` says whether it is meant for this Python and machine."""

    name: str
    version: str
    hashes: tuple[str, ...]
    here: bool


def pins(lock: Path) -> Iterator[Pin]:
    """Read a lock file."""
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        words = line.split(_HASH)
        if not words[0].strip():
            continue
        requirement = Requirement(words[0].strip())
        (version,) = requirement.specifier
        hashes = tuple(word.strip() for word in words[1:])
        here = requirement.marker is None or requirement.marker.evaluate()
        yield Pin(canonicalize_name(requirement.name), version.version, hashes, here)


def floors() -> dict[str, Version]:
    """Read which versions are the oldest that may be used."""
    text = (ROOT / "requirements/floors.toml").read_text(encoding="utf-8")
    return {name: Version(each["at_least"]) for name, each in tomllib.loads(text).items()}


def wished() -> dict[str, str]:
    """Read the oldest versions that `pyproject.toml` lets be installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = map(Requirement, project["dependencies"])
    return {canonicalize_name(r.name): each.version for r in found for each in r.specifier}


def below(versions: Mapping[str, str]) -> list[str]:
    """List what is older than it may be."""
    return [
        f"{name} {versions[name]} is older than {floor}"
        for name, floor in floors().items()
        if name in versions and Version(versions[name]) < floor
    ]


def bill_of_materials() -> dict[str, object]:
    """Describe what the program is made of, from what is locked for it (CycloneDX 1.5)."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "pager-gateway", "version": __version__}
        },
        "components": [
            {
                "type": "library",
                "name": pin.name,
                "version": pin.version,
                "purl": f"pkg:pypi/{pin.name}@{pin.version}",
            }
            for pin in pins(LOCKS[0])
        ],
    }


if __name__ == "__main__":
    json.dump(bill_of_materials(), sys.stdout, indent=1)
