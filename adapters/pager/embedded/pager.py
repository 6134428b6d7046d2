"""The running company pager: its parts, and the few acts that concern several of them."""

import json
import sqlite3
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from adapters.pager.embedded import ledger, mailbox
from adapters.pager.embedded.background import Background
from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import PagerServerConfig
from adapters.pager.embedded.directory import App, Directory, Extension, Status
from adapters.pager.embedded.directory_file import read_directory, read_extension
from adapters.pager.embedded.errors import refuse
from adapters.pager.embedded.faults import Faults
from adapters.pager.embedded.journal import Journal, reference_in
from adapters.pager.embedded.keys import Keyring, new_server_key
from adapters.pager.embedded.ledger import Accepted
from adapters.pager.embedded.limits import RateLimiter
from adapters.pager.embedded.notifier import Notifier
from adapters.pager.embedded.pages import Draft, World, check_sender, department_sender
from adapters.pager.embedded.sessions import Sessions
from adapters.pager.embedded.store import Store
from adapters.pager.embedded.subscriptions import Subscriptions
from adapters.pager.embedded.webhooks import Webhooks

DEFAULT_CLIENT_ID = "pager-gateway"


class Door(Protocol):
    """The listening socket, which a fault may close for a while."""

    @property
    def is_closed(self) -> bool:
        """Whether connections are refused now."""

    def close_for(self, seconds: float) -> None:
        """Refuse connections for that long and cut the open ones."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What an authorization code stands for until it is redeemed, once."""

    client_id: str
    extension_id: int
    redirect_uri: str
    challenge: str
    challenge_method: str
    expires_ms: int


@dataclass(slots=True)
class CompanyPager:
    """One account's pager. `directory` is replaced, never changed, when people come and go."""

    config: PagerServerConfig
    clock: ServerClock
    store: Store
    keys: Keyring
    directory: Directory
    sessions: Sessions
    limiter: RateLimiter
    journal: Journal
    faults: Faults
    subscriptions: Subscriptions
    webhooks: Webhooks
    notifier: Notifier
    background: Background
    codes: dict[str, Consent] = field(default_factory=dict)
    full_sync_needed: set[int] = field(default_factory=set)
    door: Door | None = None

    @classmethod
    async def open(cls, config: PagerServerConfig, clock: ServerClock) -> "CompanyPager":
        """Open the data and bring back what an earlier run knew."""
        directory = read_directory(config.directory)  # may fail, so it comes before what must close
        store = await Store.open(config.data)
        keys = Keyring(await store.run(_server_key))
        directory = _with_default_app(directory, keys)
        journal, faults, background = Journal(), Faults(), Background()
        subscriptions = Subscriptions(store, clock)
        webhooks = Webhooks(config.dialect, clock, journal)
        pager = cls(
            config=config,
            clock=clock,
            store=store,
            keys=keys,
            directory=_with_edits(directory, await store.run(_edits)),
            sessions=Sessions(store, keys, clock, config.dialect),
            limiter=RateLimiter(config.limits, clock),
            journal=journal,
            faults=faults,
            subscriptions=subscriptions,
            webhooks=webhooks,
            notifier=Notifier(
                config=config,
                clock=clock,
                subscriptions=subscriptions,
                webhooks=webhooks,
                faults=faults,
                background=background,
            ),
            background=background,
        )
        await store.run(lambda db: mailbox.forget(db, clock.now_ms()))
        await pager.sessions.load()
        await pager.subscriptions.load()
        await background.start()
        pager.notifier.resume()
        return pager

    def release(self) -> None:
        """Let go of whoever hangs on a fault or watches the stream: the end is near."""
        self.faults.clear()
        self.journal.close()

    async def close(self) -> None:
        """Finish what was accepted and close the data."""
        await self.background.stop()
        await self.webhooks.close()
        await self.store.close()

    def world(self) -> World:
        """Take the snapshot a decision is made on."""
        now = self.clock.now_ms()
        lag_ms = self.faults.visibility_lag_ms()
        return World(self.directory, self.config.dialect, now, now + lag_ms)

    async def send(self, draft: Draft, caller: Extension) -> Accepted:
        """Judge a page and store it; when this returns, it is on disk.

        Raises:
            ApiError: refused; nobody received anything.
        """
        world = self.world()
        department = department_sender(draft, caller, world)
        if department is not None:
            await self._tell_manager(department, caller)
            raise refuse("MSG-330")
        check_sender(draft, caller, self.directory)
        return self._announced(
            await self.store.run(lambda db: ledger.accept(db, draft, caller, world))
        )

    async def _tell_manager(self, department: Extension, caller: Extension) -> None:
        """Tell a department's manager that somebody tried to send in its name."""
        manager = self.directory.extensions.get(department.manager or 0)
        if manager is None or not manager.is_active:
            return
        who = "" if caller == department else f" by {caller.name} ({caller.number})"
        text = (
            f"A page in the name of {department.name} ({department.number}) was attempted{who}"
            " and refused: departments cannot send pages."
        )
        world = self.world()
        self._announced(await self.store.run(lambda db: ledger.notify(db, manager, text, world)))

    def _announced(self, accepted: Accepted) -> Accepted:
        """Tell whoever watches and whoever subscribed."""
        numbers = [self.directory.extensions[each.mailbox].number for each in accepted.copies]
        copies = list(zip(numbers, accepted.copies, strict=True))
        self.journal.add(
            "message",
            {
                "from": accepted.sender or None,
                "to": list(accepted.recipients),
                "recipients": [number for number, each in copies if each.direction == "Inbound"],
                "text": accepted.text,
                "reference": reference_in(accepted.text),
                "conversation": accepted.conversation,
                "message_ids": {number: str(each.message_id) for number, each in copies},
            },
        )
        self.notifier.page_accepted(accepted)
        return accepted

    async def add_person(self, person: Extension, entry: dict[str, Any]) -> None:
        """Take a new person into the company; `entry` is how a directory file would say it."""
        await self._edit(f"person:{person.number}", json.dumps(entry))
        self._changed(self.directory.with_extension(person), person, "Create")

    async def set_status(self, extension: Extension, status: Status) -> None:
        """Enable, disable or freeze an extension."""
        await self._edit(f"status:{extension.number}", status.value)
        self._changed(self.directory.with_status(extension.id, status), extension, "Update")

    async def set_membership(
        self, department: Extension, person: Extension, *, belongs: bool
    ) -> None:
        """Put somebody into a department or take them out."""
        value = "in" if belongs else "out"
        await self._edit(f"member:{department.number}:{person.number}", value)
        changed = self.directory.with_member(department.id, person.id, belongs=belongs)
        self._changed(changed, department, "Update")

    def _changed(self, directory: Directory, about: Extension, event_type: str) -> None:
        self.directory = directory
        self.journal.add("state", {"changed": about.number})
        self.notifier.extension_changed(about.id, event_type)

    async def _edit(self, key: str, value: str) -> None:
        """Remember a run-time change; the directory file stays as its owner wrote it."""
        statement = "INSERT OR REPLACE INTO edit (key, value) VALUES (?, ?)"
        await self.store.run(lambda db: db.execute(statement, (key, value)))


def _server_key(db: sqlite3.Connection) -> bytes:
    db.execute("INSERT OR IGNORE INTO meta VALUES ('server_key', ?)", (new_server_key(),))
    (key,) = db.execute("SELECT value FROM meta WHERE key = 'server_key'").fetchone()
    return bytes(key)


def _edits(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return [(key, value) for key, value in db.execute("SELECT key, value FROM edit ORDER BY key")]


def _with_edits(directory: Directory, edits: list[tuple[str, str]]) -> Directory:
    """Apply run-time changes of earlier runs; those about people no longer on file are skipped.

    People come first, so that they can be members.
    """
    for key, value in sorted(edits, key=lambda each: not each[0].startswith("person:")):
        kind, number, *rest = key.split(":")
        extension = directory.by_number.get(number)
        if kind == "person" and extension is None:
            directory = directory.with_extension(read_extension(json.loads(value), "data"))
        elif kind == "status" and extension is not None:
            directory = directory.with_status(extension.id, Status(value))
        elif kind == "member" and extension is not None and rest[0] in directory.by_number:
            person = directory.by_number[rest[0]]
            directory = directory.with_member(extension.id, person.id, belongs=value == "in")
    return directory


def _with_default_app(directory: Directory, keys: Keyring) -> Directory:
    """Give a company without apps one, whose secret comes from the server key."""
    if directory.apps:
        return directory
    app = App(DEFAULT_CLIENT_ID, keys.derive("client-secret"))
    return replace(directory, apps={app.client_id: app})


def describe(extension: Extension) -> dict[str, Any]:
    """Describe a person for the administration."""
    return {
        "number": extension.number,
        "id": str(extension.id),
        "name": extension.name,
        "type": extension.type,
        "status": extension.status.value,
        "email": extension.email,
        "title": extension.title,
    }
