"""An Alertmanager of the demo: it says what a scenario wants said, in the real one's words."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import ClientSession

from adapters.alerts.registry import AlertSettings
from gateway.demo.doors import Json
from gateway.ports.clock import Clock

SOURCE = "demo"
_OPEN = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class AlarmDoor:
    """Where alerts are posted, with the source's own secret."""

    session: ClientSession
    url: str
    secret: str
    clock: Clock

    async def say(self, alerts: list[Json]) -> None:
        """Post alerts as one notification.

        Raises:
            ClientResponseError: the gateway did not take them.
        """
        body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": alerts}
        headers = {"Authorization": f"Bearer {self.secret}"}
        address = f"{self.url}/alerts/{SOURCE}"
        async with self.session.post(address, json=body, headers=headers) as answer:
            answer.raise_for_status()

    def alert(self, labels: dict[str, str], summary: str, *, over: bool, since: datetime) -> Json:
        """Write one alert as Alertmanager does."""
        fingerprint = sha256(str(sorted(labels.items())).encode()).hexdigest()[:16]
        return {
            "status": "resolved" if over else "firing",
            "labels": labels,
            "annotations": {"summary": summary},
            "startsAt": since.isoformat(),
            "endsAt": self.clock.now().isoformat() if over else _OPEN,
            "fingerprint": fingerprint,
        }


def alarm_settings(secret: str) -> AlertSettings:
    """Write the settings an operator would write for this source."""
    auth = {"profile": "token", "secrets": [secret]}
    return AlertSettings.model_validate(
        {"sources": [{"name": SOURCE, "kind": "alertmanager", "auth": auth}]}
    )
