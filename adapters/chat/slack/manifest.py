"""The app's manifest: fitted to an installation, judged, compared, and as a link.

Slack checks shapes and lengths, but takes misspelled scopes and events without a word; so both
are checked here by name. Source: Slack's manifest schema 2.0.0.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from adapters.chat.slack.scopes import NEEDED_BY, WHY

Manifest = dict[str, Any]

EXAMPLE_URL = "https://gateway.example.com"
"""What stands in the shipped manifest in place of an installation's own address."""

_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
_MOST_CHARACTERS = {
    "display_information.name": 35,
    "display_information.description": 140,
    "display_information.long_description": 4_000,
    "features.bot_user.display_name": 80,
}
_MOST_ITEMS = {
    "features.slash_commands": 50,
    "features.shortcuts": 10,
    "oauth_config.scopes.bot": 255,
    "settings.event_subscriptions.bot_events": 100,
}
_OF_A_COMMAND = {"command": 32, "description": 2_000, "usage_hint": 1_000, "url": 3_000}
_OF_A_SHORTCUT = {"name": 24, "callback_id": 255, "description": 150}
_ADDRESSES = (
    ("settings.event_subscriptions", "request_url"),
    ("settings.interactivity", "request_url"),
    ("settings.interactivity", "message_menu_options_url"),
)
_NAMED_BY = {"slash_commands": "command", "shortcuts": "callback_id"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a manifest, with its place and what to do."""

    place: str
    what: str

    def __str__(self) -> str:
        """Write it as one line."""
        return f"{self.place}: {self.what}"


def fitted(template: Manifest, *, command: str, public_url: str | None) -> Manifest:
    """Make an installation's manifest; without a public address it is one for Socket Mode."""
    made = copy.deepcopy(template)
    (ours,) = made["features"]["slash_commands"]
    ours["command"] = command
    made["settings"]["socket_mode_enabled"] = public_url is None
    holders = [(ours, "url"), *((at(made, place), key) for place, key in _ADDRESSES)]
    for holder, key in holders:
        if public_url is None:
            del holder[key]
        else:
            holder[key] = holder[key].replace(EXAMPLE_URL, public_url)
    return made


def link(manifest: Manifest) -> str:
    """Write the address of Slack's page that makes a new app of a manifest."""
    return _NEW_APP + quote(json.dumps(manifest, separators=(",", ":")), safe="")


def at(manifest: Mapping[str, Any], place: str) -> Any:
    """Find what stands at a dotted place; `None` where nothing does."""
    found: Any = manifest
    for key in place.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


# --- judging -------------------------------------------------------------------------------------


def problems(manifest: Manifest) -> Iterator[Problem]:
    """Tell what is wrong with a manifest for this gateway; nothing when it is fine."""
    if not at(manifest, "display_information.name"):
        yield Problem("display_information.name", "is missing")
    yield from _too_long(manifest)
    yield from _scopes(manifest)
    yield from _events(manifest)
    yield from _commands(manifest)
    yield from _transport(manifest)


def _too_long(manifest: Manifest) -> Iterator[Problem]:
    for place, most in _MOST_CHARACTERS.items():
        if len(str(at(manifest, place) or "")) > most:
            yield Problem(place, f"is longer than {most} characters")
    for place, most in _MOST_ITEMS.items():
        if len(_listed(manifest, place)) > most:
            yield Problem(place, f"has more than {most} items")
    for kind, lengths in {"slash_commands": _OF_A_COMMAND, "shortcuts": _OF_A_SHORTCUT}.items():
        for number, item in enumerate(_listed(manifest, f"features.{kind}")):
            for key, most in lengths.items():
                if len(str(_field(item, key) or "")) > most:
                    place = f"features.{kind}.{number}.{key}"
                    yield Problem(place, f"is longer than {most} characters")


def _scopes(manifest: Manifest) -> Iterator[Problem]:
    place = "oauth_config.scopes.bot"
    asked = {*_listed(manifest, place), *_listed(manifest, f"{place}_optional")}
    for scope, why in WHY.items():
        if scope not in asked:
            yield Problem(place, f"add {scope}; it is for {why}")
    for scope in sorted(map(str, asked - WHY.keys())):
        yield Problem(place, f"take {scope} out; the gateway has no use for it")


def _events(manifest: Manifest) -> Iterator[Problem]:
    place = "settings.event_subscriptions.bot_events"
    heard = set(_listed(manifest, place))
    for event in NEEDED_BY:
        if event not in heard:
            yield Problem(place, f"add {event}")
    for event in sorted(map(str, heard - NEEDED_BY.keys())):
        yield Problem(place, f"take {event} out; the gateway does not listen to it")


def _commands(manifest: Manifest) -> Iterator[Problem]:
    commands = _listed(manifest, "features.slash_commands")
    if not commands:
        yield Problem("features.slash_commands", "has no command; nobody could page")
    for number, command in enumerate(commands):
        place = f"features.slash_commands.{number}"
        if not str(_field(command, "command") or "").startswith("/"):
            yield Problem(f"{place}.command", "must begin with /")
        if _field(command, "should_escape") is not True:
            yield Problem(
                f"{place}.should_escape", "must be true: a mention comes as a bare name otherwise"
            )


def _transport(manifest: Manifest) -> Iterator[Problem]:
    """With Socket Mode there is no address; without it each is needed, and by HTTPS."""
    if at(manifest, "settings.socket_mode_enabled") is True:
        return
    listed = enumerate(_listed(manifest, "features.slash_commands"))
    commands = [(f"features.slash_commands.{n}.url", _field(c, "url")) for n, c in listed]
    others = [(f"{place}.{key}", at(manifest, f"{place}.{key}")) for place, key in _ADDRESSES]
    for place, url in (*commands, *others):
        if not isinstance(url, str) or not url:
            yield Problem(place, "is missing; put the public address there, or use Socket Mode")
        elif url.startswith(EXAMPLE_URL):
            yield Problem(place, "is still the example; put your public address there")
        elif not url.startswith("https://"):
            yield Problem(place, "must begin with https://; Slack calls nothing else")


# --- comparing -----------------------------------------------------------------------------------


def differences(wanted: Manifest, found: Manifest) -> Iterator[str]:
    """Tell how another manifest departs from the wanted one, a line each, by place."""
    ours, theirs = dict(_leaves(wanted)), dict(_leaves(found))
    for place in sorted(ours.keys() | theirs.keys()):
        want, has = ours.get(place), theirs.get(place)
        if want == has or place.startswith("_metadata"):
            continue
        if isinstance(want or has, frozenset):
            yield from _of_sets(place, want or frozenset(), has or frozenset())
        elif want not in {None, False, ""} or has not in {None, False, ""}:
            yield f"{place}: {_shown(has)}, wanted {_shown(want)}"


def _of_sets(place: str, want: frozenset[str], has: frozenset[str]) -> Iterator[str]:
    yield from (f"{place}: {item} is missing" for item in sorted(want - has))
    yield from (f"{place}: {item} is too much" for item in sorted(has - want))


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Walk to the ends; lists of words count as sets, lists of things go by their names."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list) and (key := _NAMED_BY.get(place.rpartition(".")[2])):
        for item in value:
            yield from _leaves(item, f"{place}[{_field(item, key)}]")
    elif isinstance(value, list):
        yield place, frozenset(map(str, value))
    else:
        yield place, value


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _listed(manifest: Manifest, place: str) -> list[Any]:
    found = at(manifest, place)
    return found if isinstance(found, list) else []


def _field(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else None
