"""The company pager itself: RingCentral's pager service over HTTP, with its own storage.

    async with running_pager(PagerServerConfig(dev_credentials=True)) as pager:
        ...  # any RingCentral client, against pager.url

It shares nothing with the clients it serves.
"""

from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import Dialect, PagerServerConfig, RateLimits
from adapters.pager.embedded.directory_file import DirectoryFileError
from adapters.pager.embedded.server import RunningPager, create_app, running_pager, serve
from adapters.pager.embedded.store import StoreError

__all__ = [
    "Dialect",
    "DirectoryFileError",
    "PagerServerConfig",
    "RateLimits",
    "RunningPager",
    "ServerClock",
    "StoreError",
    "create_app",
    "running_pager",
    "serve",
]
