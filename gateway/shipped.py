"""Data that comes with the program: `config/` of the source tree, packed into the wheel."""

from pathlib import Path


def shipped(name: str) -> Path:
    """Find a file or folder of `config/`: in the installed package, else in the source tree."""
    here = Path(__file__).parent
    installed = here / "_config"
    return (installed if installed.is_dir() else here.parent / "config") / name
