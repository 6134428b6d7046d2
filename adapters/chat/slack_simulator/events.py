"""The Events API: envelopes, who hears what, order, and retries on the workspace's clock."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from adapters.chat.slack_simulator.catalogue import EVENT_SCOPES
from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.config import Limits
from adapters.chat.slack_simulator.delivery import Answer, AppLink, Request
from adapters.chat.slack_simulator.faults import Fault, Faults
from adapters.chat.slack_simulator.ids import Ids, secret
from adapters.chat.slack_simulator.tasks import Tasks
from adapters.chat.slack_simulator.wire import Json
from adapters.chat.slack_simulator.workspace import Channel, Workspace

RETRY_AFTER_S: Final = (0.0, 60.0, 300.0)
HOUR_S: Final = 3600.0
DELAYED_AFTER_S: Final = (HOUR_S,) * 24
TOO_LATE_S: Final = 2 * HOUR_S
FAILING: Final = 0.95

MESSAGE_EVENTS: Final = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


@dataclass(frozen=True)
class Traffic:
    """One delivery attempt of the last hour."""

    at: float
    failed: bool


class Events:
    """Sends what the app subscribed to, in order per channel unless a fault says otherwise."""

    def __init__(
        self,
        workspace: Workspace,
        clock: VirtualClock,
        *,
        ids: Ids,
        link: AppLink,
        faults: Faults,
        tasks: Tasks,
        limits: Limits,
    ) -> None:
        self._workspace = workspace
        self._clock = clock
        self._ids = ids
        self._link = link
        self._faults = faults
        self._tasks = tasks
        self._limits = limits
        self._lanes: dict[str | None, asyncio.Event] = {}
        self._held: dict[str | None, Request] = {}
        self._traffic: deque[Traffic] = deque()
        self._silent_until = 0.0
        self.is_disabled = False

    def emit(self, event: Json, channel: Channel | None = None, user: str | None = None) -> None:
        """Tell the app, if it is subscribed, allowed and (for a channel) a member."""
        if not self._is_heard(event, channel):
            return
        where = None if channel is None else channel.id
        request = self._request(event, channel, user)
        if self._ordered("drop_event", request):
            self._link.note(request, Answer(None, "dropped"))
            return
        for copy in self._copies(request):
            self._queue(copy, where)

    def _ordered(self, verb: str, request: Request) -> Fault | None:
        """The fault of that verb a driver has ordered for such an event."""
        event = request.payload["event"]
        return self._faults.take(
            {verb}, method=event["type"], channel=request.channel, own=self._is_own(event)
        )

    def _is_own(self, event: Json) -> bool:
        """Whether it tells of the app itself: what it did, or what became of its messages."""
        app = self._workspace.app
        message = event.get("message") or event.get("previous_message") or event
        return message.get("bot_id") == app.bot_id or event.get("user") == app.bot_user_id

    def _is_heard(self, event: Json, channel: Channel | None) -> bool:
        app = self._workspace.app
        name = event["type"]
        if name == "message" and channel is not None:
            name = MESSAGE_EVENTS[channel.kind]
        scope = EVENT_SCOPES[name]
        # `removed` is the bot's own leaving, which it hears although it is no member any more.
        member = channel is None or self._workspace.bot_is_in(channel)
        removed = event.get("user") == app.bot_user_id and name == "member_left_channel"
        subscribed = name in app.events
        return subscribed and (scope is None or scope in app.scopes) and (member or removed)

    def _request(self, event: Json, channel: Channel | None, user: str | None) -> Request:
        workspace, event_id = self._workspace, self._ids.next("Ev")
        payload = {
            "token": "legacy",
            "team_id": workspace.team_id,
            "context_team_id": workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self._clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team_id,
                    "user_id": workspace.app.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
            "event_context": f"4-{secret(8)}",
        }
        where = None if channel is None else channel.id
        return Request("events_api", f"event:{event['type']}", event_id, payload, where, user)

    def _copies(self, request: Request) -> Iterator[Request]:
        """The request, and what an ordered `duplicate` makes of it."""
        yield request
        if (fault := self._ordered("duplicate", request)) is not None:
            yield self._duplicate(request, fault.option("shape", "same_event"))

    def _duplicate(self, request: Request, shape: str) -> Request:
        """The shapes in which Slack has been seen to repeat one message."""
        payload, event = request.payload, request.payload["event"]
        event_id = self._ids.next("Ev")
        match shape:
            case "app_mention":
                event = {**event, "type": "app_mention"}
            case "two_ts":
                ts = f"{event['ts'][:-1]}{(int(event['ts'][-1]) + 1) % 10}"
                event = {**event, "ts": ts, "event_ts": ts}
            case "two_envelopes":
                payload = {**payload, "team_id": "T0ELSEWHERE"}
            case "two_apps":
                payload, event_id = {**payload, "api_app_id": "A0OTHER"}, request.id
            case "two_ids":
                pass
            case _:
                event_id = request.id
        payload = {**payload, "event": event, "event_id": event_id}
        return replace(request, id=event_id, payload=payload)

    def _queue(self, request: Request, lane: str | None) -> None:
        """Start the request; an ordered `reorder` makes it wait for its successor."""
        late = self._held.pop(lane, None)
        fault = None if late else self._ordered("reorder", request)
        if fault is not None:
            self._held[lane] = request
            until = self._clock.now() + fault.option("within_s", 5.0)
            self._tasks.spawn(self._release(request, lane, until))
            return
        self._start(request, lane)
        if late is not None:
            self._start(late, lane)

    async def _release(self, request: Request, lane: str | None, until: float) -> None:
        """Nothing followed in time: let the held one go."""
        await self._clock.wait_until(until)
        if self._held.get(lane) is request:
            del self._held[lane]
            self._start(request, lane)

    def _start(self, request: Request, lane: str | None) -> None:
        before, tried = self._lanes.get(lane), asyncio.Event()
        self._lanes[lane] = tried
        fault = self._ordered("retry_event", request)
        lost = 0 if fault is None else fault.option("n", 1)
        self._tasks.spawn(self._deliver(request, before, tried, lost))

    async def _deliver(
        self, request: Request, before: asyncio.Event | None, tried: asyncio.Event, lost: int
    ) -> None:
        """First attempt in the lane's order, then retries; the first `lost` answers are lost."""
        if before is not None:
            await before.wait()
        tried_at = self._clock.now()
        try:
            reason = await self._attempt(request, 0, None, is_lost=lost > 0)
        finally:
            tried.set()
        for number, pause_s in enumerate(self._pauses(), start=1):
            if reason is None:
                return
            # From when the attempt began: a driver may move the clock while it is under way.
            await self._clock.wait_until(tried_at + pause_s)
            tried_at = self._clock.now()
            if self._is_too_late(request):
                self._link.note(request, Answer(None, "too_late"), number, reason)
                return
            reason = await self._attempt(request, number, reason, is_lost=number < lost)

    def _pauses(self) -> Iterator[float]:
        delayed = DELAYED_AFTER_S if self._workspace.app.delayed_events else ()
        return chain(RETRY_AFTER_S, delayed)

    def _is_too_late(self, request: Request) -> bool:
        age_s = self._clock.now() - float(request.payload["event_time"])
        return age_s > TOO_LATE_S and not self._workspace.app.delayed_events

    async def _attempt(
        self, request: Request, number: int, reason: str | None, *, is_lost: bool
    ) -> str | None:
        """One attempt; the reason for another, or None when it is settled."""
        if (kept_back := self._kept_back()) is not None:
            self._link.note(request, Answer(None, kept_back), number, reason)
            return None
        answer = await self._link.send(request, number, reason)
        self._count(failed=answer.error is not None)
        if answer.error is not None and answer.headers.get("x-slack-no-retry") == "1":
            return None
        return "http_timeout" if is_lost else answer.error

    def _kept_back(self) -> str | None:
        """Why nothing may be sent now: the app is disabled or over its hourly rate."""
        now = self._clock.now()
        while self._traffic and self._traffic[0].at <= now - HOUR_S:
            self._traffic.popleft()
        if self.is_disabled:
            return "disabled"
        if len(self._traffic) >= self._limits.events_per_hour and now >= self._silent_until:
            self.limit_rate(60.0)
        return "app_rate_limited" if now < self._silent_until else None

    def _count(self, *, failed: bool) -> None:
        self._traffic.append(Traffic(self._clock.now(), failed))
        failures = sum(one.failed for one in self._traffic) if failed else 0
        busy = len(self._traffic) >= self._limits.auto_disable_from
        if busy and failures > FAILING * len(self._traffic):
            self.is_disabled = True

    def limit_rate(self, for_s: float) -> None:
        """Send `app_rate_limited` and nothing else for that long; what happens then is lost."""
        now = self._clock.now()
        self._silent_until = now + for_s
        payload = {
            "token": "legacy",
            "type": "app_rate_limited",
            "team_id": self._workspace.team_id,
            "minute_rate_limited": int(now) // 60 * 60,
            "api_app_id": self._workspace.app.id,
        }
        request = Request("events_api", "app_rate_limited", self._ids.next("Rl"), payload)
        self._tasks.spawn(self._once(request))

    async def _once(self, request: Request) -> None:
        await self._link.send(request)

    async def verify_url(self) -> bool:
        """Ask the request URL to prove itself; also lifts an automatic disablement."""
        challenge = secret(12)
        payload = {"token": "legacy", "type": "url_verification", "challenge": challenge}
        answer = await self._link.send(
            Request("events_api", "url_verification", self._ids.next("Uv"), payload)
        )
        proved = answer.error is None and challenge.encode() in answer.body
        if proved:
            self.is_disabled = False
            self._traffic.clear()
        return proved
