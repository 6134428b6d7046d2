"""Files that decide who is paged are taken only where not everybody may change them."""

import stat
from pathlib import Path

WRITABLE = "anybody on this computer may write to it; take that away with chmod o-w"


def writable_by_all(file: Path) -> bool:
    """Whether anybody on this computer may change a file.

    Raises:
        OSError: it is not there.
    """
    return bool(file.stat().st_mode & stat.S_IWOTH) and file.is_file()
