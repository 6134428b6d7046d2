"""Canaries: secrets that went through a whole gateway are found nowhere it leaves anything.

Every byte of the database's files and its backup, of the log at `debug`, of `/metrics`, of what
operators are answered and of what strangers are refused with. What people wrote is found in the
database alone, where it has to be; that also proves that the search finds something.
"""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from aiohttp import ClientSession, UnixConnector

from adapters.storage import open_store
from gateway.demo.browser import Browser
from gateway.demo.doors import buttons, shown_text
from gateway.system import SystemClock
from tests.acceptance.programs import command
from tests.acceptance.test_processes import CHANNEL, Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name
from tests.faults.waiting import until

API_TOKEN = "canary-api-token-5e1b7d0c9a24"
ALERT_SECRET = "canary-alert-secret-81f03b6d2e57"
WRONG = "canary-wrong-credential-c77a10e94d3b"
NEVER_WRITTEN = (API_TOKEN, ALERT_SECRET, WRONG)

PAGED = "canarypaged lift 7 is stuck"
REPLIED = "canaryreplied on my way"
REFUSED = "canaryrefused nobody gets this"
BY_PROGRAM = "canaryprogram disk is full"
ALERTED = "canaryalerted the disk of db-7"
WRITTEN = (PAGED, REPLIED, REFUSED, BY_PROGRAM, ALERTED)
NOT_TAKEN = "canarynottaken in a body that was refused"

RULES = """\
receivers: [{name: lobby, channel: C0OPS, page: [DBA]}]
route: {receiver: lobby, group_wait: 0s}
"""
SETTINGS = f"""
[routing]
file = "{{folder}}/routes.yaml"

[log]
level = "debug"

[[api.clients]]
name = "ci"
tokens = ["{API_TOKEN}"]
to = "any"

[[alerts.sources]]
name = "prom"
kind = "alertmanager"
auth = {{{{profile = "token", secrets = ["{ALERT_SECRET}"]}}}}
"""
OPERATORS = (
    *("status", "settings", "book?limit=50", "dead-letters?limit=50", "audit", "links", "silences"),
    *("heartbeats", "storms", "reload"),
)
LONG_ENOUGH = 16
"""Shorter strings of the vault are names, which stand elsewhere with good reason, as times may."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass
class Left:
    """What a gateway left behind, by where it did."""

    rows: dict[str, bytes] = field(default_factory=dict)
    told: dict[str, bytes] = field(default_factory=dict)

    def take_files(self, folder: Path, when: str) -> None:
        """Read the database's files as they are."""
        for file in sorted(folder.glob("*.db*")):
            self.rows[f"{file.name} {when}"] = file.read_bytes()

    def places(self, words: str) -> list[str]:
        """Find where words stand, as they are, in base64, or escaped for an address."""
        everywhere = {**self.rows, **self.told}
        return [
            place for place, text in everywhere.items() if any(f in text for f in _forms(words))
        ]


def _forms(words: str) -> Iterator[bytes]:
    yield words.encode()
    yield quote(words, safe="").encode()
    for offset in range(3):  # however the bytes before it fall
        coded = base64.b64encode(b"\0" * offset + words.encode())
        yield coded[4 if offset else 0 : -4]


def test_the_search_finds_what_is_hidden_lightly() -> None:
    """In any of its forms, at any place in a file."""
    secret = "canary-secret-0123456789"
    for at in range(3):
        coded = base64.b64encode(b"x" * at + secret.encode() + b":password")
        assert Left(told={"log": b"Basic " + coded}).places(secret) == ["log"]
    assert Left(rows={"db": b"..." + secret.encode()}).places(secret) == ["db"]
    assert Left(told={"log": quote("a/b?c d", safe="").encode()}).places("a/b?c d") == ["log"]
    assert Left(told={"log": b"nothing"}).places(secret) == []


async def test_secrets_are_found_nowhere_and_words_in_the_database_alone(
    site: Site, tmp_path: Path
) -> None:
    """Bot token, signing secret, JWT, client secret, sign-in, OAuth tokens, keys of programs."""
    (tmp_path / "routes.yaml").write_text(RULES)
    with site.config.open("a") as file:
        file.write(SETTINGS.format(folder=tmp_path))
    left = Left()
    async with site.started_service() as service, ClientSession() as http:
        started = await service.logged("gateway.started")
        signed_in = await _link_bo(site)
        await _speak(site, http, started["public"])
        await _knock(left, http, started["public"])
        await _ask(left, http, started["admin"], tmp_path / "gateway.sock")
        said = await command("backup", "create", tmp_path / "copy.db", "--config", site.config)
        left.told["backup command"] = (said.out + said.err).encode()
        left.take_files(tmp_path, "while it runs")
        await service.stop()
    left.take_files(tmp_path, "afterwards")
    left.told["log"] = "".join(service.said).encode()
    secrets = {**_settings(site), **signed_in, **await _vault(tmp_path)}
    secrets |= {secret: secret for secret in NEVER_WRITTEN}
    leaks = {name: where for name, secret in secrets.items() if (where := left.places(secret))}
    assert leaks == {}
    assert left.places(NOT_TAKEN) == []
    for words in WRITTEN:
        found = left.places(words)
        assert set(found) <= set(left.rows), words
        assert any(place.startswith("copy.db") for place in found), words
    # The log was really read: it holds what it should.
    assert b"page.accepted" in left.told["log"]
    assert b"api.answered" in left.told["log"]
    assert len(secrets) >= 12


# --- what goes through -------------------------------------------------------------------------


async def _link_bo(site: Site) -> dict[str, str]:
    """Let somebody sign in; gives what only their browser and we should know."""
    typed = {"user": "U0BO", "channel": CHANNEL, "text": "/page link"}
    await site.slack.post("commands", typed)

    async def button(name: str) -> dict[str, str] | None:
        told = await site.slack.private("U0BO")
        found = [
            {**each, "channel": message.get("channel", CHANNEL), "ts": message["ts"]}
            for message in told
            for each in buttons(message)
            if each["text"]["text"] == name
        ]
        return found[-1] if found else None

    offer = await until(lambda: button("Connect RingCentral"), "the offer")
    browser = Browser()
    try:
        away = await browser.go(offer["url"])
        back = await browser.say_yes(away, "102")
        await browser.come_back(back)
    finally:
        await browser.close()
    yes = await until(lambda: button("Link"), "the question")
    pressed = {name: yes[name] for name in ("channel", "ts", "action_id", "value")}
    await site.slack.post("actions", {"user": "U0BO", **pressed})

    async def linked() -> bool | None:
        told = await site.slack.private("U0BO")
        return any("Linked. You send as" in shown_text(each) for each in told) or None

    await until(linked, "the link")
    state, code = parse_qs(urlsplit(away).query)["state"], parse_qs(urlsplit(back).query)["code"]
    return {"start of the sign-in": urlsplit(offer["url"]).path, "state": state[0], "code": code[0]}


async def _speak(site: Site, http: ClientSession, public: str) -> None:
    """Page, reply, be refused, and let a program and a source speak."""
    await site.page(f"102 {PAGED}")
    thread = await site.thread(PAGED)
    await site.reply(thread, REPLIED)
    await site.phone_shows("102", REPLIED)
    await site.page(f"103 {REFUSED}")
    await site.dana_reads("frozen")
    body = {"to": ["DBA"], "text": BY_PROGRAM}
    headers = {"Authorization": f"Bearer {API_TOKEN}", "Idempotency-Key": "k1"}
    async with http.post(f"{public}/api/v1/pages", json=body, headers=headers) as answer:
        assert answer.status == 202
    await site.phone_shows("102", BY_PROGRAM)
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "severity": "critical"},
        "annotations": {"summary": "A disk is full", "description": ALERTED},
        "startsAt": SystemClock().now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "0123456789abcdef",
    }
    said = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": [alert]}
    bearer = {"Authorization": f"Bearer {ALERT_SECRET}"}
    async with http.post(f"{public}/alerts/prom", json=said, headers=bearer) as answer:
        assert answer.status < 300
    await site.phone_shows("102", "A disk is full")


async def _knock(left: Left, http: ClientSession, public: str) -> None:
    """Be refused at every door, with things that must not be written down."""
    text = {"text": NOT_TAKEN}
    wrong = {"Authorization": f"Bearer {WRONG}", "Idempotency-Key": "k2"}
    right = {"Authorization": f"Bearer {API_TOKEN}", "Idempotency-Key": "k3"}
    signed = {"X-Slack-Signature": f"v0={WRONG}", "X-Slack-Request-Timestamp": "1"}
    knocks: list[tuple[str, Mapping[str, str], object]] = [
        ("/api/v1/pages", wrong, text),
        ("/api/v1/pages", right, {"to": ["nobody"], "text": NOT_TAKEN}),
        ("/api/v1/pages", right, {"to": [], **text}),
        ("/api/v1/pages", right, [NOT_TAKEN]),
        ("/alerts/prom", wrong, text),
        ("/alerts/prom", {"Authorization": f"Bearer {ALERT_SECRET}"}, [NOT_TAKEN]),
        (f"/alerts/{WRONG}", {}, text),
        ("/slack/events", signed, text),
        (f"/ringcentral/webhook/{WRONG}", {"Verification-Token": WRONG}, text),
        ("/v2/enqueue", {}, {"routing_key": WRONG, "payload": text}),
    ]
    for number, (path, headers, body) in enumerate(knocks):
        async with http.post(f"{public}{path}", json=body, headers=headers) as answer:
            heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            left.told[f"refusal {number}"] = heads.encode() + await answer.read()
            assert answer.status >= 400, path
    query = f"state={WRONG}&code={WRONG}"
    async with http.get(f"{public}/ringcentral/oauth/callback?{query}") as answer:
        left.told["refusal of the way back"] = await answer.read()


async def _ask(left: Left, http: ClientSession, admin: str, socket: Path) -> None:
    """Ask everything an operator can ask."""
    for path in ("/metrics", "/readyz", "/-/status"):
        async with http.get(f"{admin}{path}") as answer:
            left.told[path] = await answer.read()
    assert b"gateway_pages_total" in left.told["/metrics"]
    async with ClientSession(connector=UnixConnector(str(socket))) as door:
        for path in OPERATORS:
            async with door.get(f"http://gateway/-/{path}") as answer:
                left.told[f"control {path}"] = await answer.read()
        pages = json.loads(left.told["control book?limit=50"])["pages"]
        for ref in (page["ref"] for page in pages):
            for path in ("why", "book"):
                async with door.get(f"http://gateway/-/{path}/{ref}") as answer:
                    left.told[f"control {path} {ref}"] = await answer.read()


# --- what must not be found --------------------------------------------------------------------


def _settings(site: Site) -> dict[str, str]:
    named = ("BOT_TOKEN", "SIGNING_SECRET", "CLIENT_SECRET", "JWT")
    return {
        name: value
        for name, value in site.environment.items()
        if name.endswith(named) and name.rpartition("__")[2] in named
    }


async def _vault(folder: Path) -> dict[str, str]:
    """Open the vault as the gateway does, and list every secret that is sealed in it."""
    file = folder / "gateway.db"
    with sqlite3.connect(file) as database:
        names = [name for (name,) in database.execute("SELECT name FROM vault")]
    key = base64.b64decode((folder / "gateway.key").read_text())
    async with await open_store(f"sqlite:///{file}", migrate=False, clock=SystemClock()) as opened:
        vault = await opened.vault([key])
        sealed = {name: await vault.get(name) or "" for name in names}
    found = {
        f"{name} {place}": each
        for name, value in sealed.items()
        for place, each in enumerate(_strings(value))
    }
    return {
        name: each
        for name, each in found.items()
        if len(each) >= LONG_ENOUGH and not _MOMENT.match(each)
    }


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            try:
                read = json.loads(value)
            except ValueError:
                yield value
            else:
                yield from () if isinstance(read, str | int | float) else _strings(read)
        case dict():
            for each in value.values():
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)
        case _:
            return
