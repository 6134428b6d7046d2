"""Faults on demand: what can go wrong between a client and the real pager, one verb each.

A fault is `{"verb": …, arguments…, "times": n, "match": {…}}`. `times` is how often it strikes
before it is over (default: until deleted); `match` narrows it down: `method`, `path` (a part of the
path) and `extension` (the caller's number); without it every API call is struck.

| verb | arguments | effect |
|---|---|---|
| `refuse` | `for_s` (5) | the port is closed: connections are refused; open ones are cut |
| `reset_before_read` | | the connection is cut before the request was read |
| `read_then_hang` | `for_s` (60) | the request is read and never processed nor answered |
| `hang_then_process` | `for_s` (2) | it is processed late, whether or not its sender waits |
| `process_then_reset` | | processed, then the connection is cut |
| `process_then_hang` | `for_s` (60) | processed, never answered |
| `process_then_500` | `status` (500) | processed, answered 500 |
| `process_then_truncate` | | processed, half of the answer is sent |
| `slow_drip` | `delay_s` (0.05), `chunk` (16) | processed, the answer comes in small pieces |
| `status` | `status` (503), `error_code`, `retry_after` | not processed, answered like this |
| `maintenance` | `retry_after` | not processed, 503 CMN-211 |
| `lag_visible` | `seconds` | new pages appear in lists and syncs only after that time |
| `drop_webhook` | `extension` | an event is not sent |
| `duplicate_webhook` | `extension` | an event is sent twice |
| `reorder_webhook` | `extension` | an event is overtaken by the next |

These act at once and leave nothing standing; without `extension` they concern everybody:

| verb | arguments | effect |
|---|---|---|
| `blacklist` | `extension`, `reason` | subscriptions are blacklisted |
| `expire_subscription` | `extension` | subscriptions end |
| `expire_token` | `extension` | access tokens are too old; refreshing helps |
| `revoke` | `extension` | sessions end |
| `freeze` | `extension` | the extension is frozen |
| `remove_member` | `extension`, `department` | membership ends |
| `age_thread` | `extension`, `days` (31) | conversations look that much older |
| `penalty` | `group` (medium), `extension` | the rate penalty begins |
| `full_sync_needed` | `extension` | ISync is refused with MSG-333 until the next FSync |
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from adapters.pager.embedded.directory import extension_id
from adapters.pager.embedded.errors import bad

Arguments = dict[str, Any]

# verb: its arguments with their defaults; `None` means optional without one.
REQUEST_VERBS: dict[str, Arguments] = {
    "reset_before_read": {},
    "read_then_hang": {"for_s": 60.0},
    "hang_then_process": {"for_s": 2.0},
    "process_then_reset": {},
    "process_then_hang": {"for_s": 60.0},
    "process_then_500": {"status": 500},
    "process_then_truncate": {},
    "slow_drip": {"delay_s": 0.05, "chunk": 16},
    "status": {"status": 503, "error_code": None, "retry_after": None},
    "maintenance": {"retry_after": None},
}
WEBHOOK_VERBS: dict[str, Arguments] = {
    "drop_webhook": {"extension": None},
    "duplicate_webhook": {"extension": None},
    "reorder_webhook": {"extension": None},
}
LASTING_VERBS: dict[str, Arguments] = {"lag_visible": {"seconds": 5.0}}
INSTANT_VERBS: dict[str, Arguments] = {
    "refuse": {"for_s": 5.0},
    "blacklist": {"extension": None, "reason": "Blacklisted by the administrator"},
    "expire_subscription": {"extension": None},
    "expire_token": {"extension": None},
    "revoke": {"extension": None},
    "freeze": {"extension": ""},
    "remove_member": {"extension": "", "department": ""},
    "age_thread": {"extension": None, "days": 31.0},
    "penalty": {"extension": None, "group": "medium"},
    "full_sync_needed": {"extension": None},
}
VERBS = REQUEST_VERBS | WEBHOOK_VERBS | LASTING_VERBS | INSTANT_VERBS
MATCHES = frozenset({"method", "path", "extension"})
LARGEST = 10**9
STATUSES = range(400, 600)


@dataclass(slots=True)
class Fault:
    """One fault as ordered; `times` counts down, `None` lasts until it is deleted."""

    id: int
    verb: str
    arguments: Arguments
    times: int | None
    match: dict[str, str]
    struck: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self) -> dict[str, Any]:
        """Describe it the way it was ordered, with how often it struck."""
        return {
            "id": self.id,
            "verb": self.verb,
            **self.arguments,
            "times": self.times,
            "match": self.match,
            "struck": self.struck,
        }


class Faults:
    """The faults that stand."""

    def __init__(self) -> None:
        self._standing: dict[int, Fault] = {}
        self._last_id = 0

    def order(self, body: dict[str, Any]) -> Fault:
        """Read an order; a standing one strikes from now on.

        Raises:
            ApiError: 400 CMN-101 naming what is wrong.
        """
        fault = self._read(body)
        if fault.verb not in INSTANT_VERBS:
            self._standing[fault.id] = fault
        return fault

    def _read(self, body: dict[str, Any]) -> Fault:
        verb = body.get("verb")
        if not isinstance(verb, str) or verb not in VERBS:
            raise bad("verb")
        known = VERBS[verb]
        given = {key: each for key, each in body.items() if key not in {"verb", "times", "match"}}
        for key, value in given.items():
            if key not in known or not _fits(value, known[key]):
                raise bad(key)
        arguments = known | given
        for key, value in arguments.items():
            if value == "" or (key == "status" and value not in STATUSES):
                raise bad(key)
        times = body.get("times")
        if times is not None and (not _is_number(times, int) or times < 1):
            raise bad("times")
        self._last_id += 1
        return Fault(self._last_id, verb, arguments, times, _match(body.get("match")))

    def standing(self) -> list[Fault]:
        """List what stands, oldest first."""
        return list(self._standing.values())

    def clear(self, fault_id: int | None = None) -> int:
        """End one fault or all; whatever hangs on them is let go. Return how many ended."""
        ended = [each for each in self.standing() if fault_id in {None, each.id}]
        for each in ended:
            del self._standing[each.id]
            each.released.set()
        return len(ended)

    def take_request(self, method: str, path: str, extension: str | None) -> Fault | None:
        """Find the fault that strikes this request, and count it."""
        about = {"method": method, "path": path, "extension": extension or ""}
        for fault in self.standing():
            if fault.verb in REQUEST_VERBS and _matches(fault, about):
                return self._struck(fault)
        return None

    def take_webhook(self, verb: str, owner: int) -> bool:
        """Tell whether an event to a subscription of `owner` is struck, and count it."""
        for fault in self.standing():
            if fault.verb == verb and _concerns(fault, owner):
                self._struck(fault)
                return True
        return False

    def visibility_lag_ms(self) -> int:
        """How much later than they are stored pages appear."""
        lags = [each.arguments["seconds"] for each in self.standing() if each.verb == "lag_visible"]
        return round(max(lags, default=0) * 1000)

    def _struck(self, fault: Fault) -> Fault:
        fault.struck += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                del self._standing[fault.id]
        return fault


def _fits(value: Any, example: Any) -> bool:
    """Whether an argument is of its default's type; optional ones are texts or numbers."""
    if example is None:
        return isinstance(value, str) or _is_number(value, int)
    if isinstance(example, float):
        return _is_number(value, int | float)
    if isinstance(example, int):
        return _is_number(value, int)
    return isinstance(value, type(example))


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _concerns(fault: Fault, owner: int) -> bool:
    number = fault.arguments["extension"]
    return number is None or extension_id(number) == owner


def _match(match: Any) -> dict[str, str]:
    if match is None:
        return {}
    if not isinstance(match, dict) or not MATCHES.issuperset(match):
        raise bad("match")
    if not all(isinstance(each, str) for each in match.values()):
        raise bad("match")
    return match


def _matches(fault: Fault, about: dict[str, str]) -> bool:
    return all(
        value in about["path"] if key == "path" else value.upper() == about[key].upper()
        for key, value in fault.match.items()
    )
