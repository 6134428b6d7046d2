"""Ordering faults: `/_admin/faults`. The verbs are described in `faults`."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from adapters.pager.embedded import ledger
from adapters.pager.embedded.admin import named
from adapters.pager.embedded.calls import PAGER
from adapters.pager.embedded.directory import Extension, Status
from adapters.pager.embedded.errors import bad, refuse
from adapters.pager.embedded.faults import INSTANT_VERBS, Fault
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.pager import CompanyPager
from adapters.pager.embedded.pages import DAY_MS
from adapters.pager.embedded.reading import read_object, whole_number

Act = Callable[[CompanyPager, Fault], Awaitable[int]]


async def order_fault(request: web.Request) -> web.Response:
    """Order a fault; acts at once answer with how many things they changed (`applied`)."""
    pager = request.app[PAGER]
    body = await read_object(request)
    if body.get("extension"):
        named(pager, body["extension"], "extension")
    fault = pager.faults.order(body)
    pager.journal.add("state", {"changed": "faults"})
    if fault.verb not in INSTANT_VERBS:
        return web.json_response(fault.show(), status=201)
    applied = await ACTS[fault.verb](pager, fault)
    return web.json_response({**fault.show(), "applied": applied}, status=201)


async def list_faults(request: web.Request) -> web.Response:
    """List the faults that stand."""
    standing = request.app[PAGER].faults.standing()
    return web.json_response({"records": [each.show() for each in standing]})


async def delete_faults(request: web.Request) -> web.Response:
    """End all faults, or the one in the path."""
    pager = request.app[PAGER]
    name = request.match_info.get("id")
    fault_id = None if name is None else whole_number(name, "id", 1)
    ended = pager.faults.clear(fault_id)
    if fault_id is not None and not ended:
        raise refuse("CMN-102", parameter="id")
    pager.journal.add("state", {"changed": "faults"})
    return web.json_response({"ended": ended})


def _concerned(pager: CompanyPager, fault: Fault) -> Extension | None:
    """The extension a fault names, `None` for everybody."""
    number = fault.arguments.get("extension")
    return None if number is None else named(pager, number, "extension")


def _concerned_id(pager: CompanyPager, fault: Fault) -> int | None:
    extension = _concerned(pager, fault)
    return None if extension is None else extension.id


async def _refuse(pager: CompanyPager, fault: Fault) -> int:
    if pager.door is None:
        raise refuse("CMN-201")  # somebody else owns the socket
    pager.door.close_for(fault.arguments["for_s"])
    return 1


async def _blacklist(pager: CompanyPager, fault: Fault) -> int:
    concerned = pager.subscriptions.live(_concerned_id(pager, fault))
    for each in concerned:
        await pager.subscriptions.blacklist(each, fault.arguments["reason"])
    return len(concerned)


async def _expire_subscription(pager: CompanyPager, fault: Fault) -> int:
    concerned = pager.subscriptions.live(_concerned_id(pager, fault))
    for each in concerned:
        await pager.subscriptions.expire(each)
    return len(concerned)


async def _expire_token(pager: CompanyPager, fault: Fault) -> int:
    concerned = pager.sessions.of_extension(_concerned_id(pager, fault))
    for each in concerned:
        await pager.sessions.expire_access(each)
    return len(concerned)


async def _revoke(pager: CompanyPager, fault: Fault) -> int:
    concerned = pager.sessions.of_extension(_concerned_id(pager, fault))
    for each in concerned:
        await pager.sessions.end(each)
    return len(concerned)


async def _freeze(pager: CompanyPager, fault: Fault) -> int:
    extension = named(pager, fault.arguments["extension"], "extension")
    await pager.set_status(extension, Status.FROZEN)
    return 1


async def _remove_member(pager: CompanyPager, fault: Fault) -> int:
    person = named(pager, fault.arguments["extension"], "extension")
    department = named(pager, fault.arguments["department"], "department")
    belonged = person.id in department.members
    await pager.set_membership(department, person, belongs=False)
    return int(belonged)


async def _age_thread(pager: CompanyPager, fault: Fault) -> int:
    mailbox = _concerned_id(pager, fault)
    by_ms = round(fault.arguments["days"] * DAY_MS)
    return await pager.store.run(lambda db: ledger.age_conversations(db, mailbox, by_ms))


async def _penalty(pager: CompanyPager, fault: Fault) -> int:
    if fault.arguments["group"] not in [each.value for each in Group]:
        raise bad("group")
    group = Group(fault.arguments["group"])
    concerned = pager.sessions.of_extension(_concerned_id(pager, fault))
    for each in concerned:
        user = "" if group is Group.AUTH else str(each.extension_id)
        pager.limiter.penalise(user, each.client_id, group)
    return len(concerned)


async def _full_sync_needed(pager: CompanyPager, fault: Fault) -> int:
    extension = _concerned(pager, fault)
    everybody = pager.directory.extensions if extension is None else [extension.id]
    pager.full_sync_needed.update(everybody)
    return len(everybody)


ACTS: dict[str, Act] = {
    "refuse": _refuse,
    "blacklist": _blacklist,
    "expire_subscription": _expire_subscription,
    "expire_token": _expire_token,
    "revoke": _revoke,
    "freeze": _freeze,
    "remove_member": _remove_member,
    "age_thread": _age_thread,
    "penalty": _penalty,
    "full_sync_needed": _full_sync_needed,
}

ROUTES = [
    web.post("/_admin/faults", order_fault),
    web.get("/_admin/faults", list_faults),
    web.delete("/_admin/faults", delete_faults),
    web.delete("/_admin/faults/{id}", delete_faults),
]
