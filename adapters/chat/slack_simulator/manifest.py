"""App manifests: what they say of an app, and what Slack refuses or silently never delivers."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from adapters.chat.slack_simulator.catalogue import subscription_problems
from adapters.chat.slack_simulator.wire import Json
from adapters.chat.slack_simulator.workspace import App

Problems: TypeAlias = Iterator[str]

# Longest text by place. Source: Slack's manifest schema 2.0.0.
LENGTHS: Final = {
    "/display_information/name": 35,
    "/display_information/description": 140,
    "/display_information/long_description": 4_000,
    "/features/bot_user/display_name": 80,
    "/settings/event_subscriptions/request_url": 3_000,
    "/settings/interactivity/request_url": 3_000,
    "/settings/interactivity/message_menu_options_url": 3_000,
}
# Most items by place.
COUNTS: Final = {
    "/features/slash_commands": 50,
    "/features/shortcuts": 10,
    "/features/unfurl_domains": 5,
    "/oauth_config/redirect_urls": 1_000,
    "/oauth_config/scopes/bot": 255,
    "/settings/event_subscriptions/bot_events": 100,
    "/settings/event_subscriptions/metadata_subscriptions": 20,
    "/settings/allowed_ip_address_ranges": 50,
}
COMMAND_LENGTHS: Final = {"command": 32, "description": 2_000, "usage_hint": 1_000, "url": 3_000}
COMMAND_KEYS: Final = ("command", "description", "usage_hint", "should_escape")
SHORTCUT_LENGTHS: Final = {"name": 24, "callback_id": 255, "description": 150}
TOP: Final = frozenset(
    {"_metadata", "display_information", "features", "functions", "oauth_config", "settings"}
)


def problems(manifest: Json) -> Problems:
    """What is wrong with a manifest, each with its place; none if it is fine."""
    for key in sorted(set(manifest) - TOP):
        yield f"/{key}: unknown key"
    if not isinstance(at(manifest, "/display_information/name"), str):
        yield "/display_information/name: missing"
    for place, most in LENGTHS.items():
        yield from _length(at(manifest, place), most, place)
    for place, most in COUNTS.items():
        yield from _count(at(manifest, place), most, place)
    yield from _items(manifest, "/features/slash_commands", COMMAND_LENGTHS, "command")
    yield from _items(manifest, "/features/shortcuts", SHORTCUT_LENGTHS, "callback_id")
    for problem in subscription_problems(bot_scopes(manifest), bot_events(manifest)):
        yield f"/{problem}"


def app_settings(manifest: Json) -> Json:
    """The manifest's part of an `app` section of a workspace file."""
    home = at(manifest, "/features/app_home") or {}
    settings: Json = {
        "name": at(manifest, "/display_information/name"),
        "bot_name": at(manifest, "/features/bot_user/display_name"),
        "scopes": list(bot_scopes(manifest)),
        "events": list(bot_events(manifest)),
        "commands": [_only(one, COMMAND_KEYS) for one in _commands(manifest)],
        "shortcuts": [_only(one, SHORTCUT_LENGTHS, "type") for one in _shortcuts(manifest)],
        "redirect_urls": at(manifest, "/oauth_config/redirect_urls"),
        "home_tab": home.get("home_tab_enabled"),
        "messages_tab": home.get("messages_tab_enabled"),
        "token_rotation": at(manifest, "/settings/token_rotation_enabled"),
        "manifest": manifest,
    }
    return {name: value for name, value in settings.items() if value is not None}


def exported(app: App, events_url: str | None) -> Json:
    """The manifest an app was made of, or one that says the same: the way back."""
    if app.manifest is not None:
        return app.manifest
    address = {"request_url": events_url} if events_url else {}
    options = {"message_menu_options_url": events_url} if events_url else {}
    url = {"url": events_url} if events_url else {}
    return {
        "display_information": {"name": app.name},
        "features": {
            "app_home": {
                "home_tab_enabled": app.home_tab,
                "messages_tab_enabled": app.messages_tab,
            },
            "bot_user": {"display_name": app.bot_name},
            "shortcuts": [asdict(one) for one in app.shortcuts],
            "slash_commands": [{**asdict(one), **url} for one in app.commands],
        },
        "oauth_config": {"scopes": {"bot": list(app.scopes)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(app.events), **address},
            "interactivity": {"is_enabled": True, **address, **options},
            "socket_mode_enabled": events_url is None,
            "token_rotation_enabled": app.token_rotation,
        },
    }


def at(manifest: Any, place: str) -> Any:
    """What stands at a JSON pointer, None where nothing does."""
    for key in place.strip("/").split("/"):
        manifest = manifest.get(key) if isinstance(manifest, dict) else None
    return manifest


def bot_scopes(manifest: Json) -> tuple[str, ...]:
    """The bot's scopes, optional ones included."""
    required = _texts(manifest, "/oauth_config/scopes/bot")
    return (*required, *_texts(manifest, "/oauth_config/scopes/bot_optional"))


def bot_events(manifest: Json) -> tuple[str, ...]:
    """The events the bot subscribes to."""
    return _texts(manifest, "/settings/event_subscriptions/bot_events")


def _texts(manifest: Json, place: str) -> tuple[str, ...]:
    found = at(manifest, place)
    return tuple(str(one) for one in found) if isinstance(found, list) else ()


def _commands(manifest: Json) -> list[Json]:
    return _objects(at(manifest, "/features/slash_commands"))


def _shortcuts(manifest: Json) -> list[Json]:
    return _objects(at(manifest, "/features/shortcuts"))


def _objects(found: Any) -> list[Json]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _only(given: Json, keys: Iterable[str], *more: str) -> Json:
    return {key: given[key] for key in (*keys, *more) if key in given}


def _items(manifest: Json, place: str, lengths: dict[str, int], needed: str) -> Problems:
    for number, item in enumerate(_objects(at(manifest, place))):
        where = f"{place}/{number}"
        if not item.get(needed):
            yield f"{where}/{needed}: missing"
        for name, most in lengths.items():
            yield from _length(item.get(name), most, f"{where}/{name}")


def _length(value: Any, most: int, place: str) -> Problems:
    if value is not None and not isinstance(value, str):
        yield f"{place}: must be a text"
    elif value is not None and len(value) > most:
        yield f"{place}: longer than {most} characters"


def _count(value: Any, most: int, place: str) -> Problems:
    if value is not None and not isinstance(value, list):
        yield f"{place}: must be a list"
    elif value is not None and len(value) > most:
        yield f"{place}: more than {most}"
