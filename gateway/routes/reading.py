"""`routes.yaml` from its text to the value the gateway routes by."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from itertools import chain
from pathlib import Path as FilePath

from pydantic import ValidationError

from gateway.domain.directory import Directory
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.policy import PolicyRule, PolicyTable
from gateway.domain.routing.escalation import AckPolicy, EscalationStep
from gateway.domain.routing.flapping import USUAL, FlapPolicy
from gateway.domain.routing.heartbeats import Heartbeat
from gateway.domain.routing.inhibition import InhibitRule
from gateway.domain.routing.intervals import TimeInterval, TimesOfDay
from gateway.domain.routing.matchers import Matcher
from gateway.domain.routing.oncall import Schedule, Turn, rotation
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow
from gateway.routes import model
from gateway.routes.document import Document, read_document
from gateway.routes.explaining import explain
from gateway.routes.ical import read_calendar
from gateway.routes.problems import Problem, RoutesError, did_you_mean
from gateway.routes.references import check_references, page_targets
from gateway.routes.trust import WRITABLE, writable_by_all

Intervals = Mapping[str, tuple[TimeInterval, ...]]


@dataclass(frozen=True, slots=True)
class LoadedRoutes:
    """Routes that can be used, and the document they stand in, for problems found later."""

    routes: Routes
    document: Document
    calendars: Mapping[str, str] = field(default_factory=dict)
    """Texts of the calendars, by the names the file gives them."""


def load_routes(file: FilePath) -> LoadedRoutes:
    """Read and check a file and the calendars it names.

    Raises:
        RoutesError: with every problem found.
    """
    text = read_text(file, str(file))
    return read_routes(text, str(file), lambda name: read_text(file.parent / name, name))


def read_text(file: FilePath, name: str) -> str:
    """Read a text file.

    Raises:
        RoutesError: it cannot be read, or anybody may write to it.
    """
    try:
        if not writable_by_all(file):
            return file.read_text(encoding="utf-8-sig")
        problem = WRITABLE
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    raise Document(name, "").error(Problem((), problem))


def read_routes(
    text: str, name: str = "routes.yaml", calendar: Callable[[str], str] = str
) -> LoadedRoutes:
    """Read and check routes; `calendar` gives the text of a calendar file by its name.

    Raises:
        RoutesError: with every problem found.
    """
    document = read_document(text, name)
    problems = [*document.problems, *check_references(document.content)]
    try:
        file = model.RoutesFile.model_validate(document.content or {})
    except ValidationError as error:
        problems.extend(explain(error, model.RoutesFile))
        raise document.error(*problems) from None
    if problems:
        raise document.error(*problems)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    calendars: dict[str, str] = {}

    def read_calendar_of(name: str) -> str:
        calendars[name] = calendar(name)
        return calendars[name]

    return LoadedRoutes(_routes(file, read_calendar_of, version), document, calendars)


def check_targets(loaded: LoadedRoutes, directory: Directory) -> RoutesError | None:
    """Find everybody who is to be paged but is neither in the file nor in the directory."""
    routes = loaded.routes
    known = {*routes.aliases, *routes.schedules, *directory.sets.names()}
    names = [*known, *(extension.name for extension in directory.extensions)]
    problems = [
        Problem(path, f'there is nobody called "{name}"{did_you_mean(name, names)}')
        for path, name in page_targets(loaded.document.content)
        if name not in known and not _is_known(name, directory)
    ]
    return loaded.document.error(*problems) if problems else None


def _is_known(name: str, directory: Directory) -> bool:
    return (
        directory.extension(ExtensionNumber(name)) is not None
        or bool(directory.named(name))
        or directory.sets.members(name) is not None
    )


# --- from the file's shape to the domain's values ----------------------------------------------


def _routes(file: model.RoutesFile, calendar: Callable[[str], str], version: str) -> Routes:
    intervals = {
        named.name: tuple(map(_interval, named.time_intervals)) for named in file.time_intervals
    }
    return Routes(
        tree=grow(_seed(file.route)),
        receivers={each.name: _receiver(each) for each in file.receivers},
        time_intervals=intervals,
        inhibit_rules=tuple(_inhibit(n, each) for n, each in enumerate(file.inhibit_rules)),
        silences=tuple(_silence(n, each) for n, each in enumerate(file.silences)),
        aliases=file.aliases,
        schedules={each.name: _schedule(each, intervals, calendar) for each in file.schedules},
        templates=file.templates,
        heartbeats=tuple(map(_heartbeat, file.heartbeats)),
        flapping=FlapPolicy(
            file.flapping.changes or USUAL.changes, file.flapping.within or USUAL.within
        ),
        policies=PolicyTable(tuple(map(_policy, file.policies)), intervals),
        hash=version,
    )


def _receiver(entry: model.ReceiverEntry) -> Receiver:
    return Receiver(entry.name, entry.page, entry.channel or "", entry.priority)


def _flat(matchers: Iterable[tuple[Matcher, ...]]) -> tuple[Matcher, ...]:
    return tuple(chain.from_iterable(matchers))


def _seed(entry: model.RouteEntry) -> Seed:
    return Seed(
        own=OwnSettings(
            receiver=entry.receiver,
            group_by=entry.group_by or None,
            group_wait=entry.group_wait,
            group_interval=entry.group_interval,
            repeat_interval=entry.repeat_interval,
            reopen_window=entry.reopen_window,
            priority=entry.priority,
            template=entry.template,
            ack=_ack(entry.ack) if entry.ack else None,
        ),
        matchers=_flat(entry.matchers),
        name=entry.name or "",
        continues=entry.continues,
        mute_time_intervals=entry.mute_time_intervals,
        active_time_intervals=entry.active_time_intervals,
        routes=tuple(map(_seed, entry.routes)),
    )


def _ack(entry: model.AckEntry) -> AckPolicy:
    steps = (
        EscalationStep(step.after, step.page, step.channel or "", step.during)
        for step in entry.escalate
    )
    return AckPolicy(entry.remind, entry.timeout, tuple(steps), entry.again)


def _interval(entry: model.IntervalEntry) -> TimeInterval:
    return TimeInterval(
        times=tuple(TimesOfDay(times.start_time, times.end_time) for times in entry.times),
        weekdays=entry.weekdays,
        days_of_month=entry.days_of_month,
        months=entry.months,
        years=entry.years,
        location=entry.location or UTC,
    )


def _inhibit(place: int, entry: model.InhibitEntry) -> InhibitRule:
    return InhibitRule(
        entry.name or f"inhibit_rules.{place}",
        _flat(entry.source_matchers),
        _flat(entry.target_matchers),
        entry.equal,
    )


def _silence(place: int, entry: model.SilenceEntry) -> Silence:
    return Silence(
        id=f"silences.{place}",
        matchers=_flat(entry.matchers),
        author=entry.author,
        comment=entry.comment,
        starts_at=entry.begin,
        ends_at=entry.until,
    )


def _schedule(
    entry: model.ScheduleEntry, intervals: Intervals, calendar: Callable[[str], str]
) -> Schedule:
    zone = entry.location or UTC
    layers = [
        rotation(each.people, each.starts, each.every, zone, _during(each, intervals))
        for each in entry.rotations
    ]
    if entry.ical:
        layers.append(read_calendar(calendar(entry.ical), entry.ical, zone))
    overrides = tuple(
        Turn(each.people, each.begin, each.until - each.begin, zone) for each in entry.overrides
    )
    return Schedule(entry.name, (*layers, overrides))


def _during(entry: model.RotationEntry, intervals: Intervals) -> tuple[TimeInterval, ...]:
    return tuple(chain.from_iterable(intervals[name] for name in entry.during))


def _policy(entry: model.PolicyEntry) -> PolicyRule:
    return PolicyRule(
        entry.name,
        entry.allow,
        entry.acts,
        entry.to,
        tuple(map(ChatUserId, entry.users)),
        tuple(name.removeprefix("@") for name in entry.groups),
        tuple(map(ChannelId, entry.channels)),
        entry.during,
    )


def _heartbeat(entry: model.HeartbeatEntry) -> Heartbeat:
    return Heartbeat(entry.source, _flat(entry.matchers), entry.every, entry.grace)
