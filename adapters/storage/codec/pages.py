"""Pages, drafts and the directory, as facts."""

from datetime import datetime

from adapters.storage.codec import envelope
from adapters.storage.codec.envelope import Fact, iso, moment, moment_or_none
from adapters.storage.codec.keys import thread_of_key
from adapters.storage.codec.outbox import read_fault, thread_fact, thread_of
from adapters.storage.engine import Row
from gateway.domain.directory import (
    Department,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.pages import Draft, Origin, Page, PageState
from gateway.domain.threads import ThreadMode


def write_page(page: Page) -> str:
    """Encode what never changes about a page; how it stands is columns of its own."""
    return envelope.write(
        "page",
        {
            "ref": page.ref,
            "origin": page.origin,
            "workspace": page.workspace,
            "author": page.author,
            "author_name": page.author_name,
            "channel": page.channel,
            "sender": page.sender,
            "on_behalf": page.on_behalf,
            "to": page.to,
            "text": page.text,
            "parts": page.parts,
            "created_at": iso(page.created_at),
            "quiet": page.quiet,
        },
    )


def read_page(row: Row) -> Page:
    """Decode a page: its facts, and the columns that say how it stands."""
    body, state, changed_at, sent_at, fault, thread, replies, last_from, last_at, mode = row

    def decode(_: str, fact: Fact) -> Page:
        return Page(
            ref=fact["ref"],
            origin=Origin(fact["origin"]),
            workspace=fact["workspace"],
            author=fact["author"],
            author_name=fact["author_name"],
            channel=fact["channel"],
            sender=fact["sender"],
            on_behalf=fact["on_behalf"],
            to=tuple(fact["to"]),
            text=fact["text"],
            parts=fact["parts"],
            state=PageState(state),
            created_at=datetime.fromisoformat(fact["created_at"]),
            changed_at=moment(changed_at),
            sent_at=moment_or_none(sent_at),
            fault=read_fault(fault),
            thread=thread_of_key(thread),
            replies=replies,
            last_reply_from=last_from,
            last_reply_at=moment_or_none(last_at),
            quiet=fact["quiet"],
            mode=ThreadMode(mode) if mode else None,
        )

    return envelope.read(body, decode)


def write_draft(draft: Draft) -> str:
    """Encode a draft."""
    return envelope.write(
        "draft",
        {
            "id": draft.id,
            "workspace": draft.workspace,
            "author": draft.author,
            "author_name": draft.author_name,
            "channel": draft.channel,
            "text": draft.text,
            "ask": draft.ask,
            "expires_at": iso(draft.expires_at),
            "to": draft.to,
            "term": draft.term,
            "send_as": draft.send_as,
            "quiet": draft.quiet,
            "ref": draft.ref,
            "thread": None if draft.thread is None else thread_fact(draft.thread),
            "message": draft.message,
            "agreed": draft.agreed,
        },
    )


def read_draft(text: str) -> Draft:
    """Decode a draft."""
    return envelope.read(text, _draft)


def _draft(_: str, fact: Fact) -> Draft:
    return Draft(
        id=fact["id"],
        workspace=fact["workspace"],
        author=fact["author"],
        author_name=fact["author_name"],
        channel=fact["channel"],
        text=fact["text"],
        ask=fact["ask"],
        expires_at=datetime.fromisoformat(fact["expires_at"]),
        to=tuple(fact["to"]),
        term=fact["term"],
        send_as=fact["send_as"],
        quiet=fact["quiet"],
        ref=fact["ref"],
        thread=None if fact["thread"] is None else thread_of(fact["thread"]),
        message=fact.get("message"),
        agreed=tuple(fact.get("agreed", ())),
    )


def write_directory(snapshot: DirectorySnapshot) -> str:
    """Encode the directory; one short list per entry, because there may be thousands."""
    return envelope.write(
        "directory",
        {
            "taken_at": iso(snapshot.taken_at),
            "extensions": [
                (e.number, e.name, e.kind, e.status, e.label, e.email) for e in snapshot.extensions
            ],
            "departments": [
                (d.number, d.name, d.members, d.managers) for d in snapshot.departments
            ],
        },
    )


def read_directory(text: str) -> DirectorySnapshot:
    """Decode the directory."""
    return envelope.read(text, _directory)


def _directory(_: str, fact: Fact) -> DirectorySnapshot:
    return DirectorySnapshot(
        extensions=tuple(
            Extension(number, name, ExtensionKind(kind), ExtensionStatus(status), label, email)
            for number, name, kind, status, label, email in fact["extensions"]
        ),
        departments=tuple(
            Department(number, name, tuple(members), tuple(managers))
            for number, name, members, managers in fact["departments"]
        ),
        taken_at=datetime.fromisoformat(fact["taken_at"]),
    )
