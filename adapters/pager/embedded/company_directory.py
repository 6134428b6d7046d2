"""Who is there: extensions, call queues (departments), their members, and small pre-flights."""

from typing import Any

from aiohttp import web

from adapters.pager.embedded.calls import Call, Endpoint
from adapters.pager.embedded.directory import (
    ALL_FEATURES,
    ALL_PERMISSIONS,
    DEPARTMENT,
    Extension,
    Status,
)
from adapters.pager.embedded.directory_file import EXTENSION_TYPES
from adapters.pager.embedded.errors import bad, refuse
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.reading import one_of
from adapters.pager.embedded.resources import extension_in_list, one_extension

STATUSES = frozenset(each.value for each in Status)
TYPES = EXTENSION_TYPES | {DEPARTMENT, "Unknown"}


async def list_extensions(call: Call) -> web.Response:
    """List extensions by number, filtered."""
    query = call.request.query
    types = one_of(query, "type", TYPES)
    statuses = one_of(query, "status", STATUSES)
    emails = {each.lower() for each in query.getall("email", ())}
    number = query.get("extensionNumber")
    found = [
        each
        for each in call.pager.directory.extensions.values()
        if (types is None or each.type in types)
        and (statuses is None or each.status in statuses)
        and (not emails or each.email.lower() in emails)
        and (number is None or each.number == number)
    ]
    found.sort(key=lambda each: (len(each.number), each.number))
    links = call.links
    uri = f"{links.account}/extension"
    return call.paged(uri, found, lambda each: extension_in_list(each, links))


async def get_extension(call: Call) -> web.Response:
    """Show one extension."""
    extension = call.extension_in_path()
    own = extension == call.caller
    return web.json_response(one_extension(extension, call.pager.directory, call.links, own=own))


async def list_call_queues(call: Call) -> web.Response:
    """List departments, all or those somebody belongs to. Their ids are strings here."""
    queues = call.pager.directory.departments
    member = call.request.query.get("memberExtensionId")
    if member is not None:
        if not (member.isascii() and member.isdigit()):
            raise bad("memberExtensionId")
        queues = [each for each in queues if member in map(str, each.members)]
    account = call.links.account

    def show(queue: Extension) -> dict[str, Any]:
        return {
            "uri": f"{account}/call-queues/{queue.id}",
            "id": str(queue.id),
            "extensionNumber": queue.number,
            "name": queue.name,
            # This call's schema knows no Frozen.
            "status": "Disabled" if queue.status is Status.FROZEN else queue.status.value,
        }

    return call.paged(f"{account}/call-queues", queues, show)


async def list_queue_members(call: Call) -> web.Response:
    """List a department's members, active or not: no name, no status."""
    queue = _department(call, "groupId")
    links = call.links

    def show(member: Extension) -> dict[str, Any]:
        uri = links.extension(member.id)
        return {"uri": uri, "id": member.id, "extensionNumber": member.number}

    uri = f"{links.account}/call-queues/{queue.id}/members"
    return call.paged(uri, call.pager.directory.members(queue), show)


async def list_department_members(call: Call) -> web.Response:
    """List a department's members the deprecated way, with names."""
    department = _department(call, "departmentId")
    links = call.links

    def show(member: Extension) -> dict[str, Any]:
        return {
            "id": member.id,
            "uri": links.extension(member.id),
            "name": member.name,
            "extensionNumber": member.number,
        }

    uri = f"{links.account}/department/{department.id}/members"
    return call.paged(uri, call.pager.directory.members(department), show)


def _department(call: Call, name: str) -> Extension:
    found = call.pager.directory.by_id(call.request.match_info[name])
    if found is None or not found.is_department:
        raise refuse("CMN-102", parameter=name)
    return found


async def check_permission(call: Call) -> web.Response:
    """Tell whether the caller's role has a permission (not in the public schema)."""
    permission = call.request.query.get("permissionId", "")
    if permission not in ALL_PERMISSIONS:
        raise bad("permissionId")
    granted = permission not in call.caller.denied_permissions
    uri = f"{call.links.extension(call.caller.id)}/authz-profile/check"
    answer: dict[str, Any] = {"uri": f"{uri}?permissionId={permission}", "successful": granted}
    if granted:
        answer["details"] = {"permission": {"id": permission}, "scopes": ["Self"]}
    return web.json_response(answer)


async def check_features(call: Call) -> web.Response:
    """Tell which features the caller has (not in the public schema)."""
    wanted = call.request.query.getall("featureId", sorted(ALL_FEATURES))
    records = [_feature(call.caller, each) for each in wanted if each in ALL_FEATURES]
    return web.json_response({"records": records})


def _feature(caller: Extension, feature: str) -> dict[str, Any]:
    if feature not in caller.missing_features:
        return {"id": feature, "available": True}
    reason = {"code": "ExtensionLimitation", "message": "Not available for this extension"}
    return {"id": feature, "available": False, "reason": reason}


ACCOUNT = "/restapi/v1.0/account/{accountId}"
EXTENSION = ACCOUNT + "/extension/{extensionId}"
READ: Any = {"scope": "ReadAccounts", "permission": "ReadExtensions"}

ENDPOINTS = [
    Endpoint("GET", ACCOUNT + "/extension", list_extensions, Group.MEDIUM, **READ),
    Endpoint("GET", EXTENSION, get_extension, Group.LIGHT, of_anyone=True, **READ),
    Endpoint("GET", ACCOUNT + "/call-queues", list_call_queues, Group.MEDIUM, **READ),
    Endpoint(
        "GET", ACCOUNT + "/call-queues/{groupId}/members", list_queue_members, Group.LIGHT, **READ
    ),
    Endpoint(
        "GET",
        ACCOUNT + "/department/{departmentId}/members",
        list_department_members,
        Group.LIGHT,
        **READ,
    ),
    Endpoint("GET", EXTENSION + "/authz-profile/check", check_permission, Group.LIGHT),
    Endpoint("GET", EXTENSION + "/features", check_features, Group.MEDIUM),
]
