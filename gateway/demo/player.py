"""Plays a scenario against the two servers, the way a person would: by their doors only."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import TypeVar

from aiohttp import ClientError

from gateway.demo.alarms import AlarmDoor
from gateway.demo.browser import Browser
from gateway.demo.doors import Json, PagerDoor, SlackDoor, buttons, label, shown_text
from gateway.demo.programs import ProgramDoor
from gateway.demo.scenario import (
    AnswerOnPhone,
    ChannelShows,
    Do,
    Expect,
    FillForm,
    Membership,
    OpenHome,
    Order,
    PersonReads,
    PhoneShows,
    Press,
    Rewrite,
    RunProgram,
    SayAlerts,
    Scenario,
    ScreenShows,
    Seen,
    SentInAll,
    SignIn,
    Status,
    Step,
    TypeCommand,
    TypeMessage,
    UseShortcut,
    WireShows,
)
from gateway.ports.clock import Clock

_T = TypeVar("_T")
_PATIENCE_S = 15.0
_PAUSE_S = 0.05
_REF_SLOT = "{ref}"
_REF = re.compile(r"\b(?:pg|al)_[0-9A-Z]{4,16}\b")


class ScenarioFailedError(Exception):
    """What should have been seen was not, in words for the person who reads the check's output."""


@dataclass(frozen=True)
class Played:
    """One step is over."""

    index: int
    step: Step


@dataclass
class _Since:
    """Where everything stood when the scenario began; only what came later counts."""

    slack: dict[str, float] = field(default_factory=dict)
    private: dict[str, int] = field(default_factory=dict)
    phones: dict[str, int] = field(default_factory=dict)
    log: int = 0
    wire: dict[str, int] = field(default_factory=dict)


@dataclass
class Player:
    """Plays scenarios one after the other.

    `clock` is real time, for patience; `advance` moves the world's clocks.
    """

    slack: SlackDoor
    pager: PagerDoor
    alarms: AlarmDoor
    programs: ProgramDoor
    clock: Clock
    advance: Callable[[float], Awaitable[None]]
    patience_s: float = _PATIENCE_S
    _since: dict[str, datetime] = field(default_factory=dict, init=False)

    async def play(self, scenario: Scenario) -> AsyncIterator[Played]:
        """Play step by step; each yielded step is over and was seen to be right.

        Raises:
            ScenarioFailedError: something expected did not show in time.
        """
        since = await self._mark(scenario)
        try:
            for index, step in enumerate(scenario.steps):
                await self._play_step(step, since)
                yield Played(index, step)
        finally:
            for deed in scenario.after:
                await self._do(deed, since)
            await self._heal()

    async def _play_step(self, step: Step, since: _Since) -> None:
        try:
            if step.do:
                await self._do(step.do, since)
            for expected in step.expect:
                await self._see(expected, since)
        except (ClientError, LookupError) as error:
            # A server refused a deed, or there was nothing to do it to.
            raise ScenarioFailedError(f"{type(error).__name__}: {error}") from error

    async def _mark(self, scenario: Scenario) -> _Since:
        since = _Since(log=len(await self.pager.log()))
        expected = [e for step in scenario.steps for e in step.expect]
        for user in {e.private.user for e in expected if e.private} | _users(scenario):
            since.private[user] = len(await self.slack.private(user))
        for number in {e.phone.number for e in expected if e.phone} | _phones(scenario):
            since.phones[number] = len(await self.pager.phone(number))
        for channel in _channels(scenario):
            shown = await self.slack.messages(channel)
            since.slack[channel] = max((float(m["ts"]) for m in shown), default=0.0)
        since.wire["pager"] = _last_seq(await self.pager.exchanges())
        since.wire["slack"] = _last_seq(await self.slack.exchanges())
        return since

    # --- deeds -----------------------------------------------------------------------------

    async def _do(self, do: Do, since: _Since) -> None:
        match do.only():
            case TypeCommand() as command:
                await self._command(command, since)
            case TypeMessage() as message:
                await self._write(message, since)
            case AnswerOnPhone() as answer:
                await self._answer(answer)
            case Press() as press:
                await self._press(press, since)
            case SignIn() as sign_in:
                await self._sign_in(sign_in, since)
            case Rewrite() as rewrite:
                await self._rewrite(rewrite, since)
            case FillForm() as form:
                await self._fill(form)
            case UseShortcut() as shortcut:
                await self._shortcut(shortcut, since)
            case OpenHome(user=user):
                await self.slack.post("home", {"user": user})
            case SayAlerts() | RunProgram() as said:
                await self._by_machine(said)
            case Membership(department=department, number=number, member=member):
                place = f"departments/{department}/members/{number}"
                await self.pager.call("PUT" if member else "DELETE", place)
            case Status(number=number, status=status):
                await self.pager.call("PATCH", f"extensions/{number}", {"status": status})
            case Order() as order:
                await self._order(order)
            case float(seconds):
                await self.advance(seconds)
            case True:
                await self._heal()

    async def _by_machine(self, said: SayAlerts | RunProgram) -> None:
        match said:
            case SayAlerts():
                await self._say_alerts(said)
            case RunProgram(to=to, text=text, channel=channel, times=times):
                answers = await self.programs.page(to, text, channel, times)
                if len(answers) != 1:
                    raise ScenarioFailedError(f"{times} equal requests, {len(answers)} answers")

    async def _say_alerts(self, said: SayAlerts) -> None:
        alerts = []
        for name, host in product(said.names(), said.each()):
            labels = {"alertname": name, "severity": said.severity, "host": host}
            labels |= {"team": said.team} if said.team else {}
            labels |= {"cluster": said.cluster} if said.cluster else {}
            summary = f"{name} on {host}"
            since = self._since.setdefault(str(labels), self.alarms.clock.now())
            alerts.append(self.alarms.alert(labels, summary, over=said.over, since=since))
        await self.alarms.say(alerts)

    async def _heal(self) -> None:
        await self.pager.heal()
        await self.slack.heal()

    async def _command(self, command: TypeCommand, since: _Since) -> None:
        text = command.text
        if _REF_SLOT in text:
            text = text.replace(_REF_SLOT, await self._newest_ref(command.channel, since))
        await self.slack.post("commands", {**command.model_dump(), "text": text})

    async def _newest_ref(self, channel: str, since: _Since) -> str:
        async def found() -> str | None:
            shown = "\n".join(map(shown_text, await self._new(channel, since)))
            refs = _REF.findall(shown)
            return refs[-1] if refs else None

        return await self.until(found, f"a reference in {channel}")

    async def _write(self, message: TypeMessage, since: _Since) -> None:
        body: Json = {"user": message.user, "channel": message.channel, "text": message.text}
        if not message.in_channel:
            body["thread_ts"] = await self._thread(message.channel, since)
        await self.slack.post("messages", body)

    async def _thread(self, channel: str, since: _Since) -> str:
        """Find the newest status message: the thread people answer in."""

        async def found() -> str | None:
            roots = [m for m in await self._new(channel, since) if m.get("bot_id")]
            return str(roots[-1]["ts"]) if roots else None

        return await self.until(found, f"a status message in {channel}")

    async def _answer(self, answer: AnswerOnPhone) -> None:
        body: Json = {"from": answer.number, "text": answer.text}
        if answer.to:
            body["to"] = list(answer.to)
        else:
            body["reply_on"] = (await self.pager.phone(answer.number))[-1]["id"]
        await self.pager.call("POST", "messages", body)

    async def _press(self, press: Press, since: _Since) -> None:
        if not press.channel:
            await self._press_at_home(press)
            return

        async def found() -> tuple[Json, Json] | None:
            private = (await self.slack.private(press.user))[since.private.get(press.user, 0) :]
            shown = await self._new(press.channel, since)
            for message in (*reversed(private), *reversed(shown)):
                for button in buttons(message):
                    if label(button) == press.button:
                        return message, button
            return None

        message, button = await self.until(found, f"a button {press.button!r}")
        await self.slack.post(
            "actions",
            {
                "user": press.user,
                "channel": message.get("channel", press.channel),
                "ts": message["ts"],
                "action_id": button["action_id"],
                "value": button.get("value"),
            },
        )

    async def _press_at_home(self, press: Press) -> None:
        async def found() -> tuple[Json, Json] | None:
            view = await self.slack.home(press.user)
            fitting = (each for each in buttons(view) if label(each) == press.button)
            return next(((view, each) for each in fitting), None)

        view, button = await self.until(found, f"a button {press.button!r} at home")
        pressed = {name: button.get(name) for name in ("action_id", "value")}
        await self.slack.post("actions", {"user": press.user, "view_id": view["id"], **pressed})

    async def _sign_in(self, sign_in: SignIn, since: _Since) -> None:
        async def found() -> str | None:
            told = (await self.slack.private(sign_in.user))[since.private.get(sign_in.user, 0) :]
            links = [button["url"] for each in told for button in buttons(each) if "url" in button]
            return str(links[-1]) if links else None

        address = await self.until(found, f"a link for {sign_in.user}")
        browser = Browser()
        try:
            await browser.sign_in(address, sign_in.extension)
        finally:
            await browser.close()

    async def _rewrite(self, rewrite: Rewrite, since: _Since) -> None:
        thread = await self._thread(rewrite.channel, since)
        shown = await self.slack.messages(rewrite.channel, thread)
        own = [m for m in shown if m.get("user") == rewrite.user]
        await self.slack.rewrite({**rewrite.model_dump(), "ts": own[-1]["ts"]})

    async def _fill(self, form: FillForm) -> None:
        async def found() -> Json | None:
            views = await self.slack.views(form.user)
            return views[-1] if views else None

        view = await self.until(found, f"an open form of {form.user}")
        values: Json = {}
        if form.to:
            options = [{"text": {"type": "plain_text", "text": n}, "value": n} for n in form.to]
            values["to"] = {"to": {"selected_options": options}}
        if form.text is not None:
            values["text"] = {"text": {"value": form.text}}
        if form.where:
            values["where"] = {"where": {"selected_conversation": form.where}}
        await self.slack.post(f"views/{view['id']}/submit", {"user": form.user, "values": values})

    async def _shortcut(self, used: UseShortcut, since: _Since) -> None:
        body: Json = {"user": used.user, "callback_id": used.callback_id}
        if used.channel:
            body |= {"channel": used.channel, "ts": await self._thread(used.channel, since)}
        await self.slack.post("shortcuts", body)

    async def _order(self, order: Order) -> None:
        body = {k: v for k, v in order.model_dump().items() if k != "side"}
        if order.side == "pager":
            await self.pager.call("POST", "faults", body)
        else:
            await self.slack.post("faults", body)

    # --- what must be seen -----------------------------------------------------------------

    async def _see(self, expected: Expect, since: _Since) -> None:
        what = expected.only()

        async def look() -> bool | None:
            return await self._sees(what, since)

        await self.until(look, _describe(what))

    async def _sees(self, what: Seen, since: _Since) -> bool | None:
        match what:
            case SentInAll():
                return await self._logged(what, since)
            case PhoneShows():
                shown = (await self.pager.phone(what.number))[since.phones.get(what.number, 0) :]
                found = [
                    m
                    for m in shown
                    if m.get("readable", True)
                    and what.has in m["text"]
                    and m["text"].startswith(what.begins)
                ]
                return True if len(found) == what.times else None
            case ChannelShows():
                return await self._channel_shows(what, since)
            case PersonReads():
                told = (await self.slack.private(what.user))[since.private.get(what.user, 0) :]
                return any(_reads(m, what) for m in told) or None
            case ScreenShows(screen="form"):
                views = await self.slack.views(what.user)
                return any(what.has in _screen_text(view) for view in views) or None
            case ScreenShows():
                return what.has in _screen_text(await self.slack.home(what.user)) or None
            case WireShows():
                return await self._wire_shows(what, since)

    async def _channel_shows(self, what: ChannelShows, since: _Since) -> bool | None:
        if what.in_thread:
            thread = await self._thread(what.channel, since)
            shown = (await self.slack.messages(what.channel, thread))[1:]
        else:
            shown = await self._new(what.channel, since)
        return any(_shows(message, what) for message in shown) or None

    async def _wire_shows(self, what: WireShows, since: _Since) -> bool | None:
        door = self.pager if what.side == "pager" else self.slack
        for exchange in await door.exchanges():
            late = exchange["seq"] > since.wire[what.side]
            place = str(exchange.get("path") or exchange.get("method"))
            same_code = not what.code or exchange.get("error_code") == what.code
            if late and what.path in place and exchange["status"] == what.status and same_code:
                return True
        return None

    async def _logged(self, what: SentInAll, since: _Since) -> bool | None:
        accepted = (await self.pager.log())[since.log :]
        found = [m for m in accepted if what.has in str(m.get("text", ""))]
        return True if len(found) == what.times else None

    async def _new(self, channel: str, since: _Since) -> list[Json]:
        after = since.slack.get(channel, 0.0)
        return [m for m in await self.slack.messages(channel) if float(m["ts"]) > after]

    async def until(self, look: Callable[[], Awaitable[_T | None]], what: str) -> _T:
        """Look again and again until something is seen.

        Raises:
            ScenarioFailedError: patience ended.
        """
        deadline = self.clock.monotonic() + self.patience_s
        while True:
            found = await look()
            if found is not None:
                return found
            if self.clock.monotonic() > deadline:
                raise ScenarioFailedError(f"not seen within {self.patience_s:.0f} s: {what}")
            await self.clock.sleep(_PAUSE_S)


def _screen_text(view: Json) -> str:
    return shown_text({"blocks": view.get("blocks", []), "bot_id": ""})


def _reads(message: Json, what: PersonReads) -> bool:
    labels = {label(button) for button in buttons(message)}
    return what.has in shown_text(message) and labels.issuperset(what.buttons)


def _shows(message: Json, what: ChannelShows) -> bool:
    reactions = {reaction["name"] for reaction in message.get("reactions", [])}
    return (
        what.has in shown_text(message)
        and (not what.by or what.by in str(message.get("username", "")))
        and (not what.reaction or what.reaction in reactions)
    )


def _last_seq(exchanges: list[Json]) -> int:
    return max((int(exchange["seq"]) for exchange in exchanges), default=0)


def _users(scenario: Scenario) -> set[str]:
    deeds = [s.do for s in scenario.steps if s.do]
    pressed = {d.press.user for d in deeds if d.press}
    return pressed | {d.sign_in.user for d in deeds if d.sign_in}


def _phones(scenario: Scenario) -> set[str]:
    return {s.do.phone.number for s in scenario.steps if s.do and s.do.phone}


def _channels(scenario: Scenario) -> set[str]:
    deeds = [s.do for s in scenario.steps if s.do]
    typed = {d.command.channel for d in deeds if d.command}
    written = {d.message.channel for d in deeds if d.message}
    pressed = {d.press.channel for d in deeds if d.press and d.press.channel}
    formed = {d.form.where for d in deeds if d.form and d.form.where}
    shown = {e.channel.channel for s in scenario.steps for e in s.expect if e.channel}
    return typed | written | pressed | formed | shown


def _describe(what: Seen) -> str:
    facts = ", ".join(f"{k}={v!r}" for k, v in what.model_dump(exclude_defaults=True).items())
    return f"{type(what).__name__}({facts})"
