"""What RingCentral says about an installation: the app, the sender, the company, the webhooks."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.asking import UNREACHABLE, Heard, Query, SignedIn, signed_in
from adapters.pager.ringcentral.client import OWN_EXTENSION
from adapters.pager.ringcentral.directory import ACCOUNT, PER_PAGE, Entry, read_entry, read_member
from adapters.pager.ringcentral.settings import RingCentralSettings
from adapters.pager.ringcentral.subscriptions import SUBSCRIPTION, WEBHOOK_PATH, Subscription
from gateway.domain.directory import Department, DirectorySnapshot, Extension, ExtensionKind
from gateway.domain.ids import ExtensionNumber
from gateway.ports.clock import Clock

SCOPES: Mapping[str, str] = {
    "InternalMessages": "sending pages and reading answers to them",
    "ReadAccounts": "names, departments and who is in them",
    "SubscriptionWebhook": "hearing of new messages within seconds",
}
"""What the app is granted in the developer console → what does not work without it."""

PERMISSIONS: Mapping[str, str] = {
    "InternalSMS": "sending pages",
    "ReadExtensions": "names, departments and who is in them",
}
"""What the sender's role in the admin portal needs → what does not work without it."""

_MOST_PAGES = 20
_MOST_DEPARTMENTS = 25
"""Each is a call of the fifty a minute, which the running gateway needs too."""

Interesting = Callable[[DirectorySnapshot], Collection[ExtensionNumber]]


@dataclass(frozen=True, slots=True)
class RingCentralSurvey:
    """The answers. All but `sign_in` are `None` where signing in was refused, or nobody answered.

    `company` has the members of the departments that were asked about only.
    """

    sign_in: Heard
    scopes: frozenset[str] = frozenset()
    sender: Heard | None = None
    permissions: Mapping[str, Heard] | None = None
    feature: Heard | None = None
    listing: Heard | None = None
    company: DirectorySnapshot | None = None
    webhooks: tuple[Subscription, ...] = ()


def nobody(_: DirectorySnapshot) -> Collection[ExtensionNumber]:
    """Be interested in no department."""
    return ()


async def survey_ringcentral(
    settings: RingCentralSettings, clock: Clock, interesting: Interesting = nobody
) -> RingCentralSurvey:
    """Ask about everything; sends nothing, and signs out again.

    `interesting` names the departments whose members matter, given everybody who is there.
    """
    async with signed_in(settings, clock) as session:
        if not session.sign_in.well:
            return RingCentralSurvey(session.sign_in)
        scopes = frozenset(str(session.sign_in.record.get("scope", "")).split())
        sender = await session.get(OWN_EXTENSION)
        if sender.status == UNREACHABLE:  # it hangs, and would at everything else
            return RingCentralSurvey(session.sign_in, scopes, sender)
        listing, entries = await _entries(session)
        company = await _company(session, entries, interesting, clock.now())
        return RingCentralSurvey(
            session.sign_in,
            scopes,
            sender,
            {each: await _permission(session, each) for each in PERMISSIONS},
            await session.get(f"{OWN_EXTENSION}/features", (("featureId", "PagesSending"),)),
            listing,
            company if listing.well else None,
            await _webhooks(session, settings.public_url),
        )


async def _permission(session: SignedIn, name: str) -> Heard:
    query = (("permissionId", name),)
    return await session.get(f"{OWN_EXTENSION}/authz-profile/check", query)


async def _entries(session: SignedIn) -> tuple[Heard, list[Entry]]:
    """List everybody. Gives the last answer, which is the refusal if there was one."""
    found: list[Entry] = []
    heard = Heard()
    for page in range(1, _MOST_PAGES + 1):
        query: Query = (*PER_PAGE, ("page", str(page)))
        heard = await session.get(f"{ACCOUNT}/extension", query)
        if not heard.well:
            break
        with suppress(wire.WireError):
            found += [each for each in map(read_entry, wire.records(heard.record)) if each]
        if not wire.has_next_page(heard.record):
            break
    return heard, found


async def _company(
    session: SignedIn, entries: list[Entry], interesting: Interesting, now: datetime
) -> DirectorySnapshot:
    extensions = tuple(entry.extension for entry in entries)
    wanted = set(interesting(DirectorySnapshot(extensions, (), now)))
    numbers = {entry.id: entry.extension.number for entry in entries}
    queues = [e for e in entries if e.extension.number in wanted and _is_department(e.extension)]
    asked = [await _department(session, queue, numbers) for queue in queues[:_MOST_DEPARTMENTS]]
    return DirectorySnapshot(extensions, tuple(filter(None, asked)), now)


def _is_department(extension: Extension) -> bool:
    return extension.kind is ExtensionKind.DEPARTMENT


async def _department(
    session: SignedIn, queue: Entry, numbers: Mapping[str, ExtensionNumber]
) -> Department | None:
    path = f"{ACCOUNT}/call-queues/{queue.id}/members"
    heard = await session.get(path, PER_PAGE)
    try:
        read = partial(read_member, numbers=numbers)
        members = tuple(filter(None, map(read, wire.records(heard.record))))
    except wire.WireError:
        return None
    return Department(queue.extension.number, queue.extension.name, members)


async def _webhooks(session: SignedIn, public_url: str | None) -> tuple[Subscription, ...]:
    """List the webhooks that lead to this gateway."""
    if public_url is None:
        return ()
    heard = await session.get(SUBSCRIPTION)
    found = []
    with suppress(wire.WireError):
        for record in wire.records(heard.record):
            with suppress(wire.WireError):
                found.append(Subscription.read(record))
    return tuple(each for each in found if each.address.startswith(public_url + WEBHOOK_PATH))
