"""An installation in a folder, and both vendors on loopback: whole until a test spoils it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.chat.slack_simulator import SlackServer
from adapters.pager.embedded import RunningPager
from gateway.demo.world import free_port
from gateway.doctor import examine
from gateway.doctor.findings import Finding, Level, Report
from gateway.doctor.site import Tools

ROUTES = """\
receivers:
  - {name: dba, page: [DBA]}
route:
  receiver: dba
"""
PEOPLE: Mapping[str, Any] = {
    "people": [
        {"number": "101", "name": "Avery Kim"},
        {"number": "102", "name": "Bo Chen"},
        {"number": "103", "name": "Casey Diaz", "status": "Frozen"},
        {"number": "214", "name": "Sam Smith"},
        {"number": "231", "name": "Sam Smith"},
        {"number": "700", "name": "Pager Gateway"},
    ],
    "departments": [
        {"number": "400", "name": "DBA", "members": ["101", "102"]},
        {"number": "405", "name": "Night Watch", "members": []},
        {"number": "406", "name": "Front Desk", "members": ["103"]},
    ],
    "apps": [{"client_id": "gw", "client_secret": "app-secret"}],
}


@dataclass
class Office:
    """What the operator has written down; `tables` become the settings file."""

    folder: Path
    slack: SlackServer
    pager: RunningPager
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def opened(cls, folder: Path, slack: SlackServer, pager: RunningPager) -> "Office":
        """Write everything down as it should be."""
        port = free_port()
        office = cls(folder, slack, pager)
        office.tables = {
            "server": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
            "admin": {"port": 0},
            "database": {"url": f"sqlite:///{folder}/gateway.db"},
            "vault": {"key_file": str(folder / "gateway.key")},
            "slack": {"api_url": slack.api_url},
            "pager": {"server_url": pager.url, "client_id": "gw"},
            "directory": {},
            "routing": {"file": str(folder / "routes.yaml")},
        }
        (folder / "secrets").mkdir(mode=0o700)
        office.hides("slack__bot_token", slack.bot_token)
        office.hides("slack__signing_secret", slack.signing_secret)
        office.hides("pager__client_secret", "app-secret")
        office.hides("pager__jwt", pager.jwt["700"])
        office.routes.write_text(ROUTES, encoding="utf-8")
        return office

    @property
    def file(self) -> Path:
        """The settings file."""
        return self.folder / "gateway.toml"

    @property
    def routes(self) -> Path:
        """The routes file."""
        return self.folder / "routes.yaml"

    def hides(self, name: str, secret: str) -> Path:
        """Write a secret into a file of its own."""
        file = self.folder / "secrets" / name
        file.write_text(secret, encoding="utf-8")
        file.chmod(0o600)
        return file

    def write(self) -> None:
        """Write the settings file."""
        lines = []
        for table, values in self.tables.items():
            lines += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    async def examined(self, tools: Tools | None = None) -> "Found":
        """Call the doctor."""
        self.write()
        return Found(await examine(self.file, tools))


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


@dataclass
class Found:
    """What the doctor said."""

    report: Report

    def one(self, code: str) -> Finding:
        """Give the one finding of a code."""
        found = [each for each in self.all() if each.code == code]
        assert len(found) == 1, [each.code for each in self.all()]
        return found[0]

    def failed(self, code: str, what: str, fix: str) -> None:
        """Expect a failure with these words and this advice, and exit 1 for it."""
        self._said(Level.FAIL, code, what, fix)
        assert not self.report.healthy

    def warned(self, code: str, what: str, fix: str) -> None:
        """Expect a warning with these words and this advice."""
        self._said(Level.WARN, code, what, fix)

    def _said(self, level: Level, code: str, what: str, fix: str) -> None:
        finding = self.one(code)
        assert finding.level is level
        assert what in finding.what
        assert fix in finding.fix

    def all(self) -> list[Finding]:
        """List every finding."""
        return [each for findings in self.report.sections.values() for each in findings]

    def troubles(self) -> list[Finding]:
        """List everything that is not as it should be."""
        return [each for each in self.all() if each.level is not Level.OK]
