"""OAuth sessions: who is signed in, for how long, and when a refresh token may be used again.

Source: RingCentral, "Refresh token flow": a refresh token is single use and the old access token
dies at once; the old refresh token still returns the *same* new pair until ten seconds after the
new access token is first used, or for an hour if it never is.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass, replace

from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import Dialect
from adapters.pager.embedded.directory import App, Extension
from adapters.pager.embedded.errors import ApiError, refuse, refuse_login
from adapters.pager.embedded.keys import Keyring, new_name
from adapters.pager.embedded.store import Store

GRACE_AFTER_USE_MS = 10_000
GRACE_UNUSED_MS = 60 * 60 * 1000
ACCESS_TTL_S = range(600, 3601)
REFRESH_TTL_S = range(60, 2_592_001)
DEFAULT_REFRESH_TTL_S = 604_800


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one extension through one app; times in milliseconds.

    `generation` counts refreshes; `first_used_ms` belongs to the current generation's access token.
    """

    id: str
    client_id: str
    extension_id: int
    scope: tuple[str, ...]
    endpoint_id: str
    access_ttl_s: int
    refresh_ttl_s: int | None
    started_ms: int
    rotated_ms: int
    generation: int = 1
    first_used_ms: int | None = None
    access_expired: bool = False

    @property
    def access_until_ms(self) -> int:
        """When the current access token ends."""
        return 0 if self.access_expired else self.rotated_ms + self.access_ttl_s * 1000

    @property
    def refresh_until_ms(self) -> int:
        """When the current refresh token ends; 0 if there is none."""
        return self.rotated_ms + self.refresh_ttl_s * 1000 if self.refresh_ttl_s else 0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a token call may ask for; out-of-range lifetimes are clamped, as the guide says."""

    access_ttl_s: int = 3600
    refresh_ttl_s: int = DEFAULT_REFRESH_TTL_S
    endpoint_id: str = ""
    scope: tuple[str, ...] | None = None


class Sessions:
    """The live sessions, kept in memory and written through to the store."""

    def __init__(self, store: Store, keys: Keyring, clock: ServerClock, dialect: Dialect) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._dialect = dialect
        self._live: dict[str, Session] = {}

    async def load(self) -> None:
        """Bring back the sessions of an earlier run."""
        for session in await self._store.run(_load):
            self._live[session.id] = session

    async def sign_in(self, app: App, extension: Extension, wishes: Wishes) -> Session:
        """Start a session; beyond the usual five of one user and app the oldest ends."""
        now = self._clock.now_ms()
        granted = tuple(sorted(app.scopes.intersection(wishes.scope or app.scopes)))
        session = Session(
            id=new_name(),
            client_id=app.client_id,
            extension_id=extension.id,
            scope=granted,
            endpoint_id=wishes.endpoint_id or new_name(),
            access_ttl_s=_clamp(wishes.access_ttl_s, ACCESS_TTL_S),
            refresh_ttl_s=_clamp(wishes.refresh_ttl_s, REFRESH_TTL_S)
            if app.issues_refresh_tokens
            else None,
            started_ms=now,
            rotated_ms=now,
        )
        ended = self._superseded_by(session)
        self._live[session.id] = session
        await self._save(session, ended)
        return session

    def owner_of(self, app: App, refresh_token: str) -> int:
        """Return the extension id behind a refresh token, used up or not.

        Raises:
            OAuthError: the session is gone, or another app's.
        """
        claimed = self._claimed("refresh", refresh_token)
        if claimed is None or claimed[0].client_id != app.client_id:
            raise refuse_login("invalid_grant", "OAU-213")
        return claimed[0].extension_id

    async def refresh(self, refresh_token: str) -> Session:
        """Exchange a refresh token; the session returned carries the pair to hand out.

        Raises:
            OAuthError: unknown, used up or expired.
        """
        claimed = self._claimed("refresh", refresh_token)
        if claimed is None:
            raise refuse_login("invalid_grant", "OAU-213")
        session, generation = claimed
        now = self._clock.now_ms()
        if generation == session.generation and now < session.refresh_until_ms:
            rotated = replace(
                session,
                generation=generation + 1,
                rotated_ms=now,
                first_used_ms=None,
                access_expired=False,
            )
            self._live[session.id] = rotated
            await self._save(rotated)
            return rotated
        if generation == session.generation - 1 and _in_grace(session, now):
            await self._save(
                session
            )  # the pair may have been made a moment ago and not be kept yet
            return session
        raise refuse_login("invalid_grant", "OAU-213")

    def holder_of(self, access_token: str) -> int | None:
        """Return whose session a token belongs to, valid or not, without using it."""
        claimed = self._claimed("access", access_token)
        return claimed[0].extension_id if claimed else None

    async def authenticate(self, access_token: str) -> Session:
        """Return the session behind an access token and note its first use.

        Raises:
            ApiError: 401 OAU-128 expired, OAU-129 corrupted, OAU-149 not a token, OAU-213 gone.
        """
        claimed = self._claimed("access", access_token)
        if claimed is None:
            raise self._unknown_token(access_token)
        session, generation = claimed
        if generation != session.generation:
            raise refuse("OAU-213")
        now = self._clock.now_ms()
        if now >= session.access_until_ms:
            raise refuse("OAU-128")
        if session.first_used_ms is None:
            session = replace(session, first_used_ms=now)
            self._live[session.id] = session
            await self._save(session)
        return session

    async def revoke(self, token: str) -> None:
        """End the whole session of an access or refresh token; an unknown one changes nothing."""
        claimed = self._claimed("access", token) or self._claimed("refresh", token)
        if claimed is not None:
            await self.end(claimed[0])

    async def end(self, session: Session) -> None:
        """End a session now."""
        self._live.pop(session.id, None)
        await self._save(None, [session])

    async def expire_access(self, session: Session) -> None:
        """Let a session's access token be too old from now on; its refresh token still works."""
        self._live[session.id] = expired = replace(session, access_expired=True)
        await self._save(expired)

    def of_extension(self, extension_id: int | None) -> list[Session]:
        """Live sessions of one extension, or of everybody."""
        return [
            each
            for each in self._live.values()
            if extension_id is None or each.extension_id == extension_id
        ]

    def access_token(self, session: Session) -> str:
        """Write the access token of the session's current generation."""
        return self._keys.seal("access", [session.id, session.generation])

    def refresh_token(self, session: Session) -> str:
        """Write the refresh token of the session's current generation."""
        return self._keys.seal("refresh", [session.id, session.generation])

    def _claimed(self, kind: str, token: str) -> tuple[Session, int] | None:
        content = self._keys.unseal(kind, token)
        if content is None or content[0] not in self._live:
            return None
        return self._live[content[0]], content[1]

    def _unknown_token(self, token: str) -> ApiError:
        if self._keys.unseal("access", token) is not None:
            return refuse("OAU-213")
        return refuse("OAU-129" if "." in token else "OAU-149")

    def _superseded_by(self, new: Session) -> list[Session]:
        siblings = sorted(
            (
                each
                for each in self._live.values()
                if (each.client_id, each.extension_id) == (new.client_id, new.extension_id)
            ),
            key=lambda each: each.started_ms,
        )
        too_many = len(siblings) + 1 - self._dialect.sessions_per_user_and_app
        ended = siblings[: max(0, too_many)]
        if self._dialect.endpoint_id_keeps_session:
            ended = [each for each in siblings if each.endpoint_id == new.endpoint_id]
        for each in ended:
            del self._live[each.id]
        return ended

    async def _save(self, session: Session | None, ended: list[Session] | None = None) -> None:
        await self._store.run(lambda db: _write(db, session, ended or []))


def _in_grace(session: Session, now: int) -> bool:
    if session.first_used_ms is not None:
        return now <= session.first_used_ms + GRACE_AFTER_USE_MS
    return now <= session.rotated_ms + GRACE_UNUSED_MS


def _clamp(wished: int, allowed: range) -> int:
    return max(allowed.start, min(wished, allowed.stop - 1))


def _load(db: sqlite3.Connection) -> list[Session]:
    bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM session")]
    return [Session(**{**body, "scope": tuple(body["scope"])}) for body in bodies]


def _write(db: sqlite3.Connection, session: Session | None, ended: list[Session]) -> None:
    db.executemany("DELETE FROM session WHERE id = ?", [(each.id,) for each in ended])
    if session is not None:
        db.execute(
            "INSERT OR REPLACE INTO session (id, body) VALUES (?, ?)",
            (session.id, json.dumps(asdict(session))),
        )
