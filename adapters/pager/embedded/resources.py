"""How things look on the wire: messages, extensions, lists."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from adapters.pager.embedded.clock import iso, iso_whole_second
from adapters.pager.embedded.config import Dialect
from adapters.pager.embedded.directory import ALL_FEATURES, Directory, Extension, Status
from adapters.pager.embedded.mailbox import availability

API = "/restapi/v1.0"


@dataclass(frozen=True, slots=True)
class Links:
    """Writes the absolute `uri`s of one answer, ids expanded."""

    origin: str
    account_id: int

    @property
    def account(self) -> str:
        """The account's address."""
        return f"{self.origin}{API}/account/{self.account_id}"

    def extension(self, extension_id: int) -> str:
        """Return an extension's address."""
        return f"{self.account}/extension/{extension_id}"

    def message(self, mailbox: int, message_id: int) -> str:
        """Return the address of one copy of a page."""
        return f"{self.extension(mailbox)}/message-store/{message_id}"

    def subscription(self, subscription_id: str) -> str:
        """Return a subscription's address."""
        return f"{self.origin}{API}/subscription/{subscription_id}"


def message(row: sqlite3.Row, links: Links, dialect: Dialect, now_ms: int) -> dict[str, Any]:
    """Show one mailbox's copy of a page. A purged one is only its id and availability."""
    state = availability(row, now_ms)
    if state == "Purged":
        return tombstone(row, now_ms)
    uri = links.message(row["mailbox"], row["id"])
    inbound = row["direction"] == "Inbound"
    shown = {
        "id": row["id"],
        "uri": uri,
        "to": _shown_recipients(row, dialect),
        "from": json.loads(row["sender"]),
        "type": "Pager",
        "creationTime": iso_whole_second(row["created_at"]),
        "lastModifiedTime": iso(row["modified_at"]),
        "readStatus": row["read_status"],
        "priority": "Normal",
        "attachments": [_text_attachment(row["id"], uri)],
        "direction": row["direction"],
        "availability": state,
        "subject": row["text"],
        "messageStatus": dialect.inbound_status if inbound else "Sent",
        "pgToDepartment": bool(row["to_department"]),
        "conversationId": row["conversation_id"],
        "conversation": {"id": str(row["conversation_id"])},
    }
    return {**shown, "someFutureField": {"beta": True}} if dialect.extra_fields else shown


def _shown_recipients(row: sqlite3.Row, dialect: Dialect) -> list[dict[str, str]]:
    """List the recipients; the guide's sample has the sender among them, so clients must cope."""
    to: list[dict[str, str]] = json.loads(row["recipients"])
    sender = json.loads(row["sender"])
    is_notice = "extensionId" not in sender
    return to if is_notice or sender in to or not dialect.sender_in_to else [*to, sender]


def _text_attachment(message_id: int, uri: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "uri": f"{uri}/content/{message_id}",
        "type": "Text",
        "contentType": "text/plain",
    }


def tombstone(row: sqlite3.Row, now_ms: int) -> dict[str, Any]:
    """Show what a sync tells about a deleted copy."""
    return {"id": row["id"], "availability": availability(row, now_ms)}


def extension_in_list(extension: Extension, links: Links) -> dict[str, Any]:
    """Show an extension the way the extension list does."""
    shown: dict[str, Any] = {
        "id": extension.id,
        "uri": links.extension(extension.id),
        "name": extension.name,
        "type": extension.type,
        "status": extension.status.value,
        "hidden": False,
        "contact": _contact(extension),
    }
    if extension.number:
        shown["extensionNumber"] = extension.number
    return shown


def _contact(extension: Extension) -> dict[str, Any]:
    first, _, last = extension.name.partition(" ")
    contact = {"firstName": first[:64], "lastName": last[:64], "email": extension.email}
    if extension.title:
        contact["jobTitle"] = extension.title[:64]
    return {key: value for key, value in contact.items() if value}


def one_extension(
    extension: Extension, directory: Directory, links: Links, *, own: bool
) -> dict[str, Any]:
    """Show one extension in full: its departments, and for one's own the features."""
    shown = {
        **extension_in_list(extension, links),
        "account": {"id": str(directory.account_id), "uri": links.account},
        "setupWizardState": "Completed",
    }
    if extension.is_person:
        shown["departments"] = [
            {"id": str(each.id), "uri": links.extension(each.id), "extensionNumber": each.number}
            for each in directory.departments_of(extension.id)
        ]
    if extension.status is Status.DISABLED:
        shown["statusInfo"] = {"comment": "", "reason": "Voluntarily"}
    if own:
        shown["serviceFeatures"] = _service_features(extension)
    return shown


def _service_features(extension: Extension) -> list[dict[str, Any]]:
    """List features under the older names this call still uses."""
    names = {"PagesSending": "Pager", "PagesReceiving": "PagerReceiving"}
    return [
        {"featureName": old, "enabled": new not in extension.missing_features}
        for new, old in names.items()
        if new in ALL_FEATURES
    ]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list, from 1, and how many records on each."""

    page: int
    size: int

    @property
    def start(self) -> int:
        """The index of the page's first record, from 0."""
        return (self.page - 1) * self.size


def paged(
    uri: str, query: Sequence[tuple[str, str]], records: list[Any], total: int, wanted: Paging
) -> dict[str, Any]:
    """Wrap one page of records with `paging` and `navigation`.

    `query` is the request's own, without paging. `pageStart` and `pageEnd` count from 0.
    """
    page, last = wanted.page, max(1, -(-total // wanted.size))

    def link(number: int) -> dict[str, str]:
        parameters = [*query, ("page", str(number)), ("perPage", str(wanted.size))]
        return {"uri": f"{uri}?{urlencode(parameters)}"}

    paging = {"page": page, "perPage": wanted.size, "totalPages": last, "totalElements": total}
    if records:
        paging |= {"pageStart": wanted.start, "pageEnd": wanted.start + len(records) - 1}
    navigation = {"firstPage": link(1), "lastPage": link(last)}
    if page < last:
        navigation["nextPage"] = link(page + 1)
    if page > 1:
        navigation["previousPage"] = link(min(page - 1, last))
    return {**link(page), "records": records, "paging": paging, "navigation": navigation}
