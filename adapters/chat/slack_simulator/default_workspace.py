"""The workspace of a simulator that is given no file."""

from adapters.chat.slack_simulator.workspace import Workspace
from adapters.chat.slack_simulator.workspace_file import build


def default_workspace() -> Workspace:
    """Acme: four members, a guest and a stranger; a private channel the app is not in."""
    return build(
        {
            "team": {"id": "T0ACME", "name": "Acme", "domain": "acme"},
            "users": [
                _person("DANA", "Dana Lee", "Database administrator"),
                _person("AVERY", "Avery Kim", "Site reliability engineer"),
                _person("BO", "Bo Chen", "Front desk"),
                _person("CASEY", "Casey Diaz", "Head of operations"),
                {**_person("GUEST", "Gus Guest", "Contractor"), "kind": "guest"},
                {**_person("STRANGER", "Sky Stranger", "Northwind"), "kind": "stranger"},
            ],
            "channels": [
                _channel("ops", "dana", "avery", "bo", "casey"),
                _channel("dba", "dana", "avery"),
                {
                    **_channel("lobby", "dana", "avery", "bo", "casey", "guest", "stranger"),
                    "is_ext_shared": True,
                },
                {**_channel("board", "casey"), "is_private": True, "bot": False},
            ],
            "usergroups": [
                {"id": "S0ONCALL", "handle": "oncall", "name": "On call", "users": ["dana"]}
            ],
        }
    )


def _person(key: str, real_name: str, title: str) -> dict[str, object]:
    name = key.lower()
    email = f"{name}@acme.example"
    return {
        "id": f"U0{key}",
        "name": name,
        "real_name": real_name,
        "title": title,
        "email": email,
    }


def _channel(name: str, *members: str) -> dict[str, object]:
    return {"id": f"C0{name.upper()}", "name": name, "members": list(members)}
