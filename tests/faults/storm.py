"""Signed commands straight at the service's door, at a steady rate, each timed."""

import asyncio
import hashlib
import hmac
import re
import statistics
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession

from gateway.system import SystemClock

_REF = re.compile(rb"\bpg_[0-9A-Z]{4,}\b")
USERS = ("U0DANA", "U0AVERY", "U0BO", "U0JOSE", "U0PRIYA")


@dataclass
class Storm:
    """Many people page at once.

    `accepted` and `refused` hold tokens by what their acknowledgement said; of commands that had
    none, `failed` holds why.
    """

    session: ClientSession
    url: str
    signing_secret: str
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)

    async def blow(self, count: int, per_s: float, first: int = 1) -> None:
        """Send `count` commands at a rate; late answers do not slow the others down.

        The texts are told apart by a number; `first` is that of the first.
        """
        clock = SystemClock()
        start = clock.monotonic()
        async with asyncio.TaskGroup() as group:
            for sent in range(1, count + 1):
                number = first + sent - 1
                group.create_task(self._page(f"no{number:04d}", USERS[number % len(USERS)]))
                await clock.sleep(start + sent / per_s - clock.monotonic())

    def percentile(self, share: float) -> float:
        """Give the time in milliseconds within which this share was acknowledged."""
        return statistics.quantiles(self.times_ms, n=1000)[round(share * 1000) - 1]

    async def _page(self, token: str, user: str) -> None:
        clock = SystemClock()
        body = command(token, user)
        headers = signed(body, self.signing_secret)
        begun = clock.monotonic()
        try:
            async with self.session.post(self.url, data=body, headers=headers) as response:
                answer = await response.read()
        except (ClientError, TimeoutError) as error:
            self.failed.append(type(error).__name__)
            return
        self.times_ms.append((clock.monotonic() - begun) * 1000)
        taken = response.status == 200 and _REF.search(answer)
        (self.accepted if taken else self.refused).append(token)


def signed(body: bytes, secret: str) -> dict[str, str]:
    """Sign a request as Slack does, now."""
    stamp = str(int(SystemClock().now().timestamp()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }


def command(token: str, user: str) -> bytes:
    """Write a `/page` whose text carries a token of its own."""
    return urlencode(
        {
            "team_id": "T0ACME",
            "team_domain": "acme",
            "channel_id": "C0PERSON",
            "channel_name": "person",
            "user_id": user,
            "user_name": user.lower(),
            "command": "/page",
            "text": f"118 {token} water in room 5",
            "api_app_id": "A0PAGER",
            "is_enterprise_install": "false",
            "trigger_id": f"1.{token}",
        }
    ).encode()
