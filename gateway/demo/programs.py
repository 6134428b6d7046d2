"""A program of the demo: a script that pages over HTTP, and repeats itself for good measure."""

import asyncio
from dataclasses import dataclass

from aiohttp import ClientSession

from gateway.ports.ids import Ids
from gateway.settings import ApiClientSettings, ApiSettings

CLIENT = "ci"
CHANNELS = ("C0OPS", "C0DBA")


@dataclass(frozen=True)
class ProgramDoor:
    """Where programs page, with the client's own token."""

    session: ClientSession
    url: str
    token: str
    ids: Ids

    async def page(self, to: tuple[str, ...], text: str, channel: str, times: int) -> set[str]:
        """Send one request so many times at once, under one key; gives the different answers.

        Raises:
            ClientResponseError: the gateway did not take it.
        """
        body: dict[str, object] = {"to": to, "text": text, "channel": channel}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.ids.draft()}
        asked = (self._ask(body, headers) for _ in range(times))
        return set(await asyncio.gather(*asked))

    async def _ask(self, body: dict[str, object], headers: dict[str, str]) -> str:
        async with self.session.post(self.url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.text()


def program_settings(token: str) -> ApiSettings:
    """Write the settings an operator would write for this client."""
    client = {"name": CLIENT, "tokens": [token], "to": "any", "channels": CHANNELS}
    return ApiSettings(clients=(ApiClientSettings.model_validate(client),))
