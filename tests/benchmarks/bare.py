"""A client of both systems in as few lines as possible: what nobody can do without."""

from aiohttp import ClientSession, encode_basic_auth

from gateway.demo.doors import Json
from gateway.demo.world import SHARED_SENDER
from tests.faults.company import Company

OWN = "/restapi/v1.0/account/~/extension/~"


async def signed_in(session: ClientSession, company: Company) -> str:
    """Sign in at the pager as the shared sender; gives what to say in the header Authorization."""
    pager = company.pager
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    form = {**grant, "assertion": pager.jwt[SHARED_SENDER]}
    headers = {"Authorization": encode_basic_auth(pager.client_id, pager.client_secret)}
    url = f"{pager.url}/restapi/oauth/token"
    async with session.post(url, data=form, headers=headers) as answer:
        return f"Bearer {(await answer.json())['access_token']}"


async def page(session: ClientSession, pager: str, access: str, to: str, text: str) -> Json:
    """Page an extension from the shared sender, at a pager's address."""
    body = {"from": {"extensionNumber": SHARED_SENDER}, "to": [{"extensionNumber": to}]}
    url, headers = f"{pager}{OWN}/company-pager", {"Authorization": access}
    async with session.post(url, json={**body, "text": text}, headers=headers) as answer:
        sent: Json = await answer.json()
        assert sent["id"], sent
        return sent


async def post(session: ClientSession, slack: str, bot_token: str, channel: str, text: str) -> Json:
    """Post into a channel, at Slack's address."""
    url, headers = f"{slack}/api/chat.postMessage", {"Authorization": f"Bearer {bot_token}"}
    message = {"channel": channel, "text": text}
    async with session.post(url, data=message, headers=headers) as answer:
        posted: Json = await answer.json()
        assert posted["ok"], posted
        return posted
