"""What is installed: everything the program needs, nothing that only tests read."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = [
    "gateway/text/en.toml",
    "gateway/text/de.toml",
    "gateway/_config/slack-manifest.yaml",
    "gateway/_config/demo/routes.yaml",
    "adapters/alerts/alertmanager/source.py",
    "adapters/pager/embedded/starter.yaml",
    "gateway/web/console/templates/overview.html",
    "gateway/web/console/static/console.css",
    "gateway/web/console/static/htmx.min.js",
    "gateway/web/console/static/htmx.LICENSE",
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Build the wheel and list its files."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own command
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.parametrize("name", NEEDED)
def test_the_wheel_has_what_the_program_reads(installed: list[str], name: str) -> None:
    """Words, the demo's company, the manifest: data beside the code."""
    assert name in installed


def test_the_wheel_has_no_samples(installed: list[str]) -> None:
    """They stand beside the parsers they are for, and only tests read them."""
    assert (ROOT / "adapters/alerts/alertmanager/samples/firing.json").exists()
    assert not [name for name in installed if "/samples/" in name or name.startswith("tests/")]
