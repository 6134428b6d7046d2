"""The cookie by which a browser that left for another site is known again when it is back."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web


@dataclass(frozen=True, slots=True)
class LeavingCookie:
    """Set when a browser leaves; it proves that who comes back left from here.

    `Lax`, for the way back begins at the other site. Over TLS no other host can set it.
    """

    plain_name: str
    lasts: timedelta
    secure: bool

    @property
    def name(self) -> str:
        """Name it; browsers let no other host set one with this prefix."""
        return f"__Host-{self.plain_name}" if self.secure else self.plain_name

    def give(self, response: web.StreamResponse, value: str) -> None:
        """Leave it with the browser."""
        response.set_cookie(
            self.name,
            value,
            max_age=int(self.lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def read(self, request: web.Request) -> str:
        """Read what the browser brings; empty when it brings none."""
        return request.cookies.get(self.name, "")

    def take(self, response: web.StreamResponse) -> None:
        """Take it back."""
        response.del_cookie(self.name, path="/", secure=self.secure, httponly=True)
