"""What questions at the control door have in common: who asks, and for how many."""

import json

from gateway.domain.audit import Actor
from gateway.web.errors import RefusedError


def read_operator(raw: bytes, code: str) -> Actor:
    """Read who asks: `{"by": …}`.

    Raises:
        RefusedError: it does not say; `code` tells programs what was asked for.
    """
    try:
        by = json.loads(raw)["by"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        by = ""
    if not by:
        raise RefusedError(code, "by: say who does this", 400)
    return Actor(str(by), "control")


def read_limit(typed: str, most: int, code: str) -> int:
    """Read how many are asked for.

    Raises:
        RefusedError: it is no number from 1 to `most`.
    """
    if not (typed.isascii() and typed.isdigit() and 0 < int(typed[:9]) <= most):
        raise RefusedError(code, f"`limit` is a number from 1 to {most}.", 400)
    return int(typed)
