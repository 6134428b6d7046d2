"""Ids in Slack's shapes: readable and counted for things, unguessable for secrets."""

import itertools
import secrets


class Ids:
    """Numbers things within one run of the workspace."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self, prefix: str) -> str:
        """A new id such as `Ev0000001A`."""
        return f"{prefix}{next(self._numbers):08X}"


def secret(size: int = 16) -> str:
    """An unguessable string of `size` random bytes, in hex."""
    return secrets.token_hex(size)
