"""Names in the file that have to fit together, checked on what was written, right or wrong.

So that everything is told at once, nothing here expects the rest of the file to be in order.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.domain.circles import circle_through
from gateway.routes.problems import Path, Problem, did_you_mean

_ROOT_ONLY = {
    "matchers": "the root matches everything and takes no matchers",
    "continue": "the root has no siblings to continue with",
    "mute_time_intervals": "the root takes no time intervals",
    "active_time_intervals": "the root takes no time intervals",
}


def check_references(content: Any) -> Iterator[Problem]:
    """Look for names that lead nowhere, come twice or go round in circles."""
    if not isinstance(content, Mapping):
        return
    for section in ("receivers", "time_intervals", "schedules", "policies"):
        yield from _twice(_named(content, section))
    yield from _twice(_entries(content, "heartbeats", "source"))
    yield from _root(content.get("route"))
    nodes = list(_routes(content.get("route"), ("route",)))
    yield from _twice((((*path, "name"), node["name"]) for path, node in nodes if "name" in node))
    names = _Names(content)
    for path, node in nodes:
        yield from names.in_route(path, node)
    yield from names.in_schedules(content)
    yield from names.in_policies(content)
    yield from names.in_aliases(content)
    for path, page in _lists_of_targets(content):
        yield from _twice(page_items(path, page))


def page_items(path: Path, page: Any) -> Iterator[tuple[Path, str]]:
    """List the entries of a list of names, with their places."""
    for place, name in enumerate(page if isinstance(page, list) else ()):
        if isinstance(name, str | int):
            yield (*path, place), str(name)


def _root(route: Any) -> Iterator[Problem]:
    if not isinstance(route, Mapping):
        return
    if "receiver" not in route:
        yield Problem(("route",), "the root has to name a receiver for what no route claims")
    for key, problem in _ROOT_ONLY.items():
        if route.get(key):
            yield Problem(("route", key), problem, on_key=True)


def _routes(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        yield path, node
        below = node.get("routes")
        for place, child in enumerate(below if isinstance(below, list) else ()):
            yield from _routes(child, (*path, "routes", place))


def _entries(content: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[Path, str]]:
    for place, entry in enumerate(_list(content, section)):
        if isinstance(entry, Mapping) and isinstance(entry.get(key), str):
            yield (section, place, key), entry[key]


def _named(content: Mapping[str, Any], section: str) -> list[tuple[Path, str]]:
    return list(_entries(content, section, "name"))


def _list(content: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = content.get(key)
    return value if isinstance(value, list) else ()


def _twice(named: Iterable[tuple[Path, Any]]) -> Iterator[Problem]:
    seen = set()
    for path, name in named:
        if str(name) in seen:
            yield Problem(path, f'"{name}" is there twice')
        seen.add(str(name))


class _Names:
    """The names that can be referred to, by kind; as keys, so that each is found at once."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.receivers = {name: None for _, name in _named(content, "receivers")}
        self.intervals = {name: None for _, name in _named(content, "time_intervals")}
        self.templates = dict.fromkeys(_mapping(content.get("templates")))
        self.aliases = dict.fromkeys(_mapping(content.get("aliases")))

    def in_route(self, path: Path, node: Mapping[str, Any]) -> Iterator[Problem]:
        """Check what one route refers to, and the labels it groups by."""
        yield from _lead(((*path, "receiver"), node.get("receiver")), self.receivers, "receiver")
        yield from _lead(((*path, "template"), node.get("template")), self.templates, "template")
        for key in ("mute_time_intervals", "active_time_intervals"):
            for item in page_items((*path, key), node.get(key)):
                yield from _lead(item, self.intervals, "time interval")
        for step, entry in enumerate(_list(_mapping(node.get("ack")), "escalate")):
            place = (*path, "ack", "escalate", step, "during")
            for item in page_items(place, _mapping(entry).get("during")):
                yield from _lead(item, self.intervals, "time interval")
        labels = list(page_items((*path, "group_by"), node.get("group_by")))
        yield from _twice(labels)
        if len(labels) > 1 and any(name == "..." for _, name in labels):
            yield Problem((*path, "group_by"), '"..." is every label and has to stand alone')

    def in_schedules(self, content: Mapping[str, Any]) -> Iterator[Problem]:
        """Check the time intervals of rotations."""
        for place, schedule in enumerate(_list(content, "schedules")):
            for turn, rotation in enumerate(_list(_mapping(schedule), "rotations")):
                path = ("schedules", place, "rotations", turn)
                for item in page_items((*path, "during"), _mapping(rotation).get("during")):
                    yield from _lead(item, self.intervals, "time interval")

    def in_policies(self, content: Mapping[str, Any]) -> Iterator[Problem]:
        """Check the time intervals of policies."""
        for place, policy in enumerate(_list(content, "policies")):
            path = ("policies", place, "during")
            for item in page_items(path, _mapping(policy).get("during")):
                yield from _lead(item, self.intervals, "time interval")

    def in_aliases(self, content: Mapping[str, Any]) -> Iterator[Problem]:
        """Look for circles among aliases and schedules, and for names that are both."""
        leads = {name: _members(_mapping(content.get("aliases")), name) for name in self.aliases}
        for place, schedule in enumerate(_list(content, "schedules")):
            name = _mapping(schedule).get("name")
            if name in leads:
                yield Problem(("schedules", place, "name"), f'"{name}" is an alias already')
            elif isinstance(name, str):
                leads[name] = _on_duty(schedule)
        told: set[str] = set()
        for name in leads:
            circle = [] if name in told else circle_through(name, leads)
            told.update(circle)
            if circle:
                path = ("aliases", name) if name in self.aliases else ("schedules",)
                yield Problem(path, f"goes round in a circle: {' → '.join(circle)}", on_key=True)


def _lead(item: tuple[Path, Any], known: Collection[str], what: str) -> Iterator[Problem]:
    path, name = item
    if isinstance(name, str) and name not in known:
        yield Problem(path, f'there is no {what} "{name}"{did_you_mean(name, known)}')


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _members(aliases: Mapping[str, Any], name: str) -> list[str]:
    return [member for _, member in page_items((), aliases[name])]


def _on_duty(schedule: Mapping[str, Any]) -> list[str]:
    turns = [*_list(schedule, "rotations"), *_list(schedule, "overrides")]
    return [who for turn in turns for _, who in page_items((), _mapping(turn).get("people"))]


def page_targets(content: Any) -> Iterator[tuple[Path, str]]:
    """List everybody who is to be paged, by name or number, with their places."""
    top = _mapping(content)
    for path, names in _lists_of_targets(top):
        yield from page_items(path, names)
    for place, schedule in enumerate(_list(top, "schedules")):
        for layer in ("rotations", "overrides"):
            for turn, entry in enumerate(_list(_mapping(schedule), layer)):
                path = ("schedules", place, layer, turn, "people")
                yield from page_items(path, _mapping(entry).get("people"))


def _lists_of_targets(content: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for place, receiver in enumerate(_list(content, "receivers")):
        yield ("receivers", place, "page"), _mapping(receiver).get("page")
    for name, members in _mapping(content.get("aliases")).items():
        yield ("aliases", name), members
    for place, policy in enumerate(_list(content, "policies")):
        yield ("policies", place, "to"), _mapping(policy).get("to")
    for path, node in _routes(content.get("route"), ("route",)):
        for step, entry in enumerate(_list(_mapping(node.get("ack")), "escalate")):
            yield (*path, "ack", "escalate", step, "page"), _mapping(entry).get("page")
