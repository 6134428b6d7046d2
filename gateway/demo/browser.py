"""A person's browser: to the company pager's sign-in page, and back."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from aiohttp import ClientSession, CookieJar

from gateway.demo.doors import Json


@dataclass
class Browser:
    """Keeps cookies as long as it lives, like a window; follows nothing unasked.

    `unsafe` only means that the demo's addresses are numbers.
    """

    session: ClientSession = field(
        default_factory=lambda: ClientSession(cookie_jar=CookieJar(unsafe=True))
    )

    async def sign_in(self, address: str, extension: str) -> str:
        """Press what the start page offers, sign in, come back; gives the last page."""
        return (await self.come_back(await self.say_yes(await self.go(address), extension)))[1]

    async def go(self, address: str) -> str:
        """Press the start page's button; gives the pager's address behind it."""
        async with self.session.post(address, allow_redirects=False) as answer:
            answer.raise_for_status()
            return answer.headers["Location"]

    async def say_yes(self, address: str, extension: str) -> str:
        """Sign in as an extension on the pager's page; gives the address of the way back."""
        form: Json = {**dict(parse_qsl(urlsplit(address).query)), "extension": extension}
        page = urljoin(address, urlsplit(address).path)
        async with self.session.post(page, data=form, allow_redirects=False) as answer:
            answer.raise_for_status()
            return answer.headers["Location"]

    async def come_back(self, address: str) -> tuple[int, str]:
        """Follow the way back; gives status and page."""
        async with self.session.get(address, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def close(self) -> None:
        """Close the window."""
        await self.session.close()
