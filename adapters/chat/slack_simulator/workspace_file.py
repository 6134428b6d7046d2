"""Reads a workspace from YAML; what the file gets wrong is said with its place in the file."""

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from adapters.chat.slack_simulator.catalogue import subscription_problems
from adapters.chat.slack_simulator.manifest import app_settings, problems
from adapters.chat.slack_simulator.wire import Json
from adapters.chat.slack_simulator.workspace import (
    App,
    Channel,
    Command,
    Shortcut,
    User,
    UserGroup,
    Workspace,
)

COLORS: Final = ("4a6fa5", "8f4a9f", "b5533c", "3f7f5f", "9a7b1f", "5a5fb0", "a53f6b", "2f7f8f")
KINDS: Final[dict[str, Json]] = {
    "member": {},
    "guest": {"is_restricted": True},
    "single_channel_guest": {"is_restricted": True, "is_ultra_restricted": True},
    "stranger": {"is_stranger": True},
    "bot": {"is_bot": True},
    "deactivated": {"deleted": True},
}


class WorkspaceError(ValueError):
    """The file does not describe a workspace; the message says where and why."""


def read_workspace(path: Path) -> Workspace:
    """Read and check a workspace file.

    Raises:
        WorkspaceError: not YAML, an unknown key, or a reference to nobody.
        OSError: the file cannot be read.
    """
    content = _yaml(path)
    try:
        return build(content, path.parent)
    except WorkspaceError as error:
        raise WorkspaceError(f"{path}: {error}") from error


def _yaml(path: Path) -> Any:
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path}: {error}") from error


def build(content: Any, folder: Path | None = None) -> Workspace:
    """A workspace from the file's content: `team`, `app`, `users`, `channels`, `usergroups`.

    `app.manifest` names the app's manifest, relative to `folder`; other keys of `app` win over it.
    """
    top = _mapping(content, "the file", {"team", "app", "users", "channels", "usergroups"})
    team = _mapping(top.get("team", {}), "team", {"id", "name", "domain"})
    workspace = Workspace(
        team_id=str(team.get("id", "T0ACME")),
        team_name=str(team.get("name", "Acme")),
        team_domain=str(team.get("domain", "acme")),
        app=_app(top.get("app", {}), folder or Path()),
        users={},
        channels={},
    )
    _add_users(workspace, top.get("users", []))
    _add_channels(workspace, top.get("channels", []))
    _add_usergroups(workspace, top.get("usergroups", []))
    return workspace


def _app(given: Any, folder: Path) -> App:
    names = {field.name for field in fields(App)}
    app = dict(_mapping(given, "app", names | {"manifest"}))
    if (manifest := app.pop("manifest", None)) is not None:
        app = _from_manifest(folder / str(manifest)) | app
    return build_app(app)


def build_app(given: Json) -> App:
    """An app from its settings, checked for scopes and events that do not exist or do not match.

    Raises:
        WorkspaceError: saying which.
    """
    app = dict(given)
    for name in ("scopes", "events", "redirect_urls"):
        if name in app:
            app[name] = tuple(str(item) for item in app[name])
    if "commands" in app:
        app["commands"] = tuple(_made(Command, one, "app.commands") for one in app["commands"])
    if "shortcuts" in app:
        app["shortcuts"] = tuple(_made(Shortcut, one, "app.shortcuts") for one in app["shortcuts"])
    made = App(**app)
    for problem in subscription_problems(made.scopes, made.events):
        raise WorkspaceError(f"app.{problem}")
    return made


def _from_manifest(path: Path) -> Json:
    try:
        manifest = _yaml(path)
    except OSError as error:
        raise WorkspaceError(f"app.manifest: {error}") from error
    if not isinstance(manifest, dict):
        raise WorkspaceError(f"app.manifest: {path}: a mapping is expected")
    for problem in problems(manifest):
        raise WorkspaceError(f"app.manifest: {path}: {problem}")
    return app_settings(manifest)


def _add_users(workspace: Workspace, given: Any) -> None:
    names = {field.name for field in fields(User)} | {"kind"}
    for number, item in enumerate(_list(given, "users")):
        where = f"users[{number}]"
        user = dict(_mapping(item, where, names))
        kind = user.pop("kind", "member")
        if kind not in KINDS:
            raise WorkspaceError(f"{where}.kind: {kind!r} is none of {', '.join(KINDS)}")
        defaults = {
            "team_id": "T0ELSEWHERE" if kind == "stranger" else workspace.team_id,
            "color": COLORS[number % len(COLORS)],
            "real_name": str(user.get("name", "")).title(),
        }
        made = _made(User, {**defaults, **KINDS[kind], **user}, where)
        _add(workspace.users, made.id, made, where)
    app = workspace.app
    bot = User(app.bot_user_id, app.bot_name, app.name, workspace.team_id, is_bot=True)
    _add(workspace.users, bot.id, bot, "app.bot_user_id")


def _add_channels(workspace: Workspace, given: Any) -> None:
    names = {field.name for field in fields(Channel)} | {"bot"}
    for number, item in enumerate(_list(given, "channels")):
        where = f"channels[{number}]"
        channel = dict(_mapping(item, where, names))
        bot = channel.pop("bot", True)
        members = _people(workspace, channel.get("members", []), where)
        if bot:
            members.append(workspace.app.bot_user_id)
        made = _made(Channel, {**channel, "members": members}, where)
        strangers = [one for one in members if workspace.users[one].is_stranger]
        if strangers and not made.is_ext_shared:
            raise WorkspaceError(f"{where}: {strangers[0]} is a stranger: is_ext_shared is needed")
        _add(workspace.channels, made.id, made, where)


def _add_usergroups(workspace: Workspace, given: Any) -> None:
    names = {field.name for field in fields(UserGroup)}
    for number, item in enumerate(_list(given, "usergroups")):
        where = f"usergroups[{number}]"
        group = dict(_mapping(item, where, names))
        group["users"] = _people(workspace, group.get("users", []), where)
        made = _made(UserGroup, {"name": group.get("handle"), **group}, where)
        _add(workspace.usergroups, made.id, made, where)


def _people(workspace: Workspace, given: Any, where: str) -> list[str]:
    """Ids of people named by id or by handle."""
    found = []
    for name in _list(given, where):
        user = workspace.users.get(str(name)) or workspace.user_named(str(name))
        if user is None:
            raise WorkspaceError(f"{where}: nobody is called {name!r}")
        found.append(user.id)
    return found


def _add(into: dict[str, Any], key: str, value: object, where: str) -> None:
    if key in into:
        raise WorkspaceError(f"{where}: the id {key} is taken")
    into[key] = value


def _made(kind: type[Any], given: Any, where: str) -> Any:
    names = {field.name for field in fields(kind)}
    try:
        return kind(**_mapping(given, where, names))
    except TypeError as error:
        raise WorkspaceError(f"{where}: {error}") from error


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise WorkspaceError(f"{where}: a list is expected")
    return given


def _mapping(given: Any, where: str, names: set[str]) -> Json:
    if not isinstance(given, dict):
        raise WorkspaceError(f"{where}: a mapping is expected")
    unknown = sorted(str(key) for key in given if key not in names)
    if unknown:
        known = ", ".join(sorted(names))
        raise WorkspaceError(f"{where}: unknown key {unknown[0]!r}; known are {known}")
    return given
