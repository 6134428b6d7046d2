"""The directory file: one company in YAML or JSON.

```yaml
account:
  name: Acme                # shown on the sign-in page
  id: 300131426008          # optional
people:
  - number: "104"           # 2 to 8 digits, without a leading zero; required
    name: Dana Lee          # required
    email: dana@example.com # optional, like everything below
    title: Database administrator
    status: Enabled         # Enabled, Disabled, Frozen, NotActivated, Unassigned
    type: User              # or IvrMenu, Announcement, … for numbers that are not people
    pin: "2468"             # asked for on the sign-in page when development credentials are off
    permissions: {InternalSMS: false}   # everything not denied is granted
    features: {PagesSending: false}
departments:
  - number: "400"
    name: DBA
    manager: "110"          # hears of attempts to send in the department's name
    members: ["101", "102"] # numbers of people; may be empty
    status: Enabled
apps:                       # without any, one app `pager-gateway` is made
  - client_id: console
    client_secret: …        # absent: a public app (PKCE)
    name: Console
    scopes: [InternalMessages, ReadMessages]     # default: all
    redirect_uris: ["https://gateway.example.com/ringcentral/oauth/callback"]
    loopback_redirects: true                     # any http://127.0.0.1 or localhost address
    refresh_tokens: true
```
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from adapters.pager.embedded.directory import (
    ALL_FEATURES,
    ALL_PERMISSIONS,
    ALL_SCOPES,
    DEPARTMENT,
    App,
    Directory,
    Extension,
    Status,
    extension_id,
    make_directory,
)

DEFAULT_ACCOUNT_ID = 300_131_426_008
EXTENSION_TYPES = frozenset(
    {
        "User",
        "Announcement",
        "Voicemail",
        "DigitalUser",
        "VirtualUser",
        "FaxUser",
        "PagingOnly",
        "SharedLinesGroup",
        "DelegatedLinesGroup",
        "GroupCallPickup",
        "IvrMenu",
        "ApplicationExtension",
        "ProxyAdmin",
        "RoomConnector",
        "ParkLocation",
        "Limited",
        "Bot",
        "Site",
        "Room",
        "FlexibleUser",
        "TieLine",
    }
)


class DirectoryFileError(ValueError):
    """The file says something impossible; the text names the place."""


def read_directory(source: Path | Mapping[str, Any] | Directory | None) -> Directory:
    """Read a company from wherever it is described; `None` is the built-in starter company."""
    if isinstance(source, Directory):
        return source
    if isinstance(source, Mapping):
        return parse_directory(source)
    text = (
        resources.files(__package__).joinpath("starter.yaml").read_text("utf-8")
        if source is None
        else source.read_text("utf-8")
    )
    return parse_directory(_load(text, str(source or "starter.yaml")))


def _load(text: str, name: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415  a slow import that a ready Directory never needs
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415  same

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise DirectoryFileError(f"{name} is not YAML: {error}") from error


def parse_directory(content: Any) -> Directory:
    """Check a company description and build the directory."""
    top = _mapping(content, "the file", {"account", "people", "departments", "apps"})
    account = _mapping(top.get("account", {}), "account", {"id", "name"})
    people = [read_extension(each, where) for where, each in _items(top.get("people"), "people")]
    by_number = {each.number: each for each in people}
    departments = [
        _department(each, where, by_number)
        for where, each in _items(top.get("departments"), "departments")
    ]
    _unique([each.number for each in (*people, *departments)])
    return make_directory(
        int(account.get("id", DEFAULT_ACCOUNT_ID)),
        str(account.get("name", "Acme")),
        [*people, *departments],
        [_app(each, where) for where, each in _items(top.get("apps"), "apps")],
    )


def read_extension(content: Any, where: str) -> Extension:
    """Read one entry of `people`."""
    known = {"number", "name", "email", "title", "status", "type", "pin", "permissions", "features"}
    entry = _mapping(content, where, known)
    number = _number(entry.get("number"), f"{where}.number")
    return Extension(
        id=extension_id(number),
        number=number,
        name=_text(entry.get("name"), f"{where}.name", 129),
        type=_choice(entry.get("type", "User"), f"{where}.type", EXTENSION_TYPES),
        status=_status(entry, where),
        email=_optional(entry, "email", where),
        title=_optional(entry, "title", where),
        pin=str(entry.get("pin", "")),
        denied_permissions=_denied(entry, "permissions", where, ALL_PERMISSIONS),
        missing_features=_denied(entry, "features", where, ALL_FEATURES),
    )


def _department(content: Any, where: str, people: Mapping[str, Extension]) -> Extension:
    entry = _mapping(content, where, {"number", "name", "manager", "members", "status", "email"})
    number = _number(entry.get("number"), f"{where}.number")
    members = [
        _person(each, spot, people)
        for spot, each in _items(entry.get("members"), f"{where}.members")
    ]
    manager = entry.get("manager")
    return Extension(
        id=extension_id(number),
        number=number,
        name=_text(entry.get("name"), f"{where}.name", 129),
        type=DEPARTMENT,
        status=_status(entry, where),
        email=_optional(entry, "email", where),
        members=tuple(dict.fromkeys(each.id for each in members)),
        manager=None if manager is None else _person(manager, f"{where}.manager", people).id,
    )


def _app(content: Any, where: str) -> App:
    known = {"client_id", "client_secret", "name", "scopes", "redirect_uris"}
    entry = _mapping(content, where, known | {"loopback_redirects", "refresh_tokens"})
    secret = entry.get("client_secret")
    scopes = [str(each) for _, each in _items(entry.get("scopes"), f"{where}.scopes")]
    redirects = _items(entry.get("redirect_uris"), f"{where}.redirect_uris")
    return App(
        client_id=_text(entry.get("client_id"), f"{where}.client_id", 128),
        client_secret=None if secret is None else str(secret),
        name=str(entry.get("name", entry["client_id"])),
        scopes=frozenset(scopes or ALL_SCOPES),
        redirect_uris=tuple(str(each) for _, each in redirects),
        loopback_redirects=bool(entry.get("loopback_redirects", True)),
        issues_refresh_tokens=bool(entry.get("refresh_tokens", True)),
    )


def _mapping(content: Any, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise DirectoryFileError(f"{where} must be a mapping")
    for key in content:
        if key not in known:
            raise DirectoryFileError(f"{where} has an unknown key: {key}")
    return content


def _items(content: Any, where: str) -> Iterator[tuple[str, Any]]:
    if content is not None and not isinstance(content, list):
        raise DirectoryFileError(f"{where} must be a list")
    return ((f"{where}[{index}]", each) for index, each in enumerate(content or ()))


def _number(content: Any, where: str) -> str:
    number = str(content)
    if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 8) or number[0] == "0":  # noqa: PLR2004  the rule as documented above
        raise DirectoryFileError(f"{where} must be 2 to 8 digits without a leading zero")
    return number


def _text(content: Any, where: str, longest: int) -> str:
    if not isinstance(content, str) or not 0 < len(content) <= longest or not content.isprintable():
        raise DirectoryFileError(f"{where} must be 1 to {longest} printable characters")
    return content


def _optional(entry: Mapping[str, Any], key: str, where: str) -> str:
    return _text(entry[key], f"{where}.{key}", 254) if entry.get(key) else ""


def _choice(content: Any, where: str, known: frozenset[str]) -> str:
    if not isinstance(content, str) or content not in known:
        raise DirectoryFileError(f"{where} must be one of {', '.join(sorted(known))}")
    return content


def _status(entry: Mapping[str, Any], where: str) -> Status:
    known = frozenset(each.value for each in Status)
    return Status(_choice(entry.get("status", "Enabled"), f"{where}.status", known))


def _denied(
    entry: Mapping[str, Any], key: str, where: str, known: frozenset[str]
) -> frozenset[str]:
    grants = _mapping(entry.get(key, {}), f"{where}.{key}", set(known))
    return frozenset(name for name, granted in grants.items() if not granted)


def _person(content: Any, where: str, people: Mapping[str, Extension]) -> Extension:
    person = people.get(str(content))
    if person is None or not person.is_person:
        raise DirectoryFileError(f"{where} is not the number of a person: {content}")
    return person


def _unique(numbers: list[str]) -> None:
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            raise DirectoryFileError(f"extension {number} is there twice")
        seen.add(number)
