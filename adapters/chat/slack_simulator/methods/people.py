"""`users.*`, `usergroups.*`, `bots.info`, `team.info`: who there is."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method, page
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import User, UserGroup


def user_json(call: Call, user: User) -> Json:
    """The user object; the address only with its scope, the locale if asked for."""
    app = call.slack.workspace.app
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "title": user.title,
        "team": user.team_id,
    }
    locale: Json = {"locale": user.locale} if call.args.flag("include_locale") else {}
    if "users:read.email" in call.grant.scopes and user.email and not user.is_stranger:
        profile["email"] = user.email
    if user.id == app.bot_user_id:
        profile |= {"bot_id": app.bot_id, "api_app_id": app.id}
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_767_225_600,
        **locale,
    }
    if user.is_stranger:
        return shown | {"is_stranger": True}
    return shown | {
        "is_admin": False,
        "is_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
    }


def info(call: Call) -> Json:
    """One person."""
    return {"user": user_json(call, call.user(call.args.text("user")))}


def list_all(call: Call) -> Json:
    """Everyone of this workspace; strangers are not among them."""
    here = [one for one in call.slack.workspace.users.values() if not one.is_stranger]
    shown, cursor = page(call, here)
    cache_ts = int(call.slack.clock.now())
    return {"members": [user_json(call, one) for one in shown], "cache_ts": cache_ts, **cursor}


def lookup_by_email(call: Call) -> Json:
    """The person with that address."""
    email = call.args.text("email").lower()
    for user in call.slack.workspace.users.values():
        if user.email.lower() == email and not (user.is_stranger or user.deleted):
            return {"user": user_json(call, user)}
    raise SlackError("users_not_found")


def group_json(call: Call, group: UserGroup, *, with_users: bool) -> Json:
    """The user group object."""
    shown: Json = {
        "id": group.id,
        "team_id": call.slack.workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": 1 if group.is_disabled else 0,
        "user_count": len(group.users),
    }
    return shown | ({"users": list(group.users)} if with_users else {})


def list_groups(call: Call) -> Json:
    """The user groups, disabled ones only if asked for."""
    with_users = call.args.flag("include_users")
    groups = [
        group_json(call, group, with_users=with_users)
        for group in call.slack.workspace.usergroups.values()
        if call.args.flag("include_disabled") or not group.is_disabled
    ]
    return {"usergroups": groups}


def list_group_users(call: Call) -> Json:
    """Who is in a user group."""
    group = call.slack.workspace.usergroups.get(call.args.text("usergroup"))
    if group is None or (group.is_disabled and not call.args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def bot_info(call: Call) -> Json:
    """The app's bot; by default the one asking."""
    app = call.slack.workspace.app
    if (call.args.maybe("bot") or app.bot_id) != app.bot_id:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id,
            "deleted": False,
            "name": app.bot_name,
            "updated": 1_767_225_600,
            "app_id": app.id,
            "user_id": app.bot_user_id,
            "icons": {},
        }
    }


def team_info(call: Call) -> Json:
    """The workspace."""
    workspace = call.slack.workspace
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.team_name,
            "domain": workspace.team_domain,
            "email_domain": "",
            "icon": {},
        }
    }


METHODS: Final = (
    Method("users.info", info, "tier_4", ("users:read",)),
    Method("users.list", list_all, "tier_2", ("users:read",)),
    Method("users.lookupByEmail", lookup_by_email, "tier_3", ("users:read.email",)),
    Method("usergroups.list", list_groups, "tier_2", ("usergroups:read",)),
    Method("usergroups.users.list", list_group_users, "tier_2", ("usergroups:read",)),
    Method("bots.info", bot_info, "tier_3", ("users:read",)),
    Method("team.info", team_info, "tier_3", ("team:read",)),
)
