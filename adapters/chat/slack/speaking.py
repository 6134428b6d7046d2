"""Messages that look like a person on the pager: "Avery Kim · pager"."""

from adapters.chat.slack.people import Directory
from adapters.chat.slack.text import NAME_MOST, clean_name
from gateway.domain.content import Content, Emphasis, Paragraph, Span
from gateway.domain.errors import ChatError
from gateway.domain.ids import ChatUserId
from gateway.ports.chat import ChatPost

_SUFFIX = "· pager"
"""Nobody who writes on the pager can pass for somebody who writes here."""
_ICON = ":pager:"


class Speaker:
    """Gives a post the name and picture of who speaks, as long as Slack lets us."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._allowed = True

    def has_no_guise(self) -> None:
        """Stop trying: the app lacks `chat:write.customize`."""
        self._allowed = False

    async def guise(self, post: ChatPost) -> dict[str, str]:
        """Give the arguments that change name and icon; none if nobody in particular speaks."""
        if not post.speaker or not self._allowed:
            return {}
        picture = await self._picture(post.speaker_user)
        icon = {"icon_url": picture} if picture else {"icon_emoji": _ICON}
        return {"username": _full_name(post.speaker), **icon}

    def content(self, post: ChatPost) -> Content:
        """Give what is said; it begins with the speaker's name where they cannot be shown."""
        return post.content if self._allowed or not post.speaker else _named(post)

    async def _picture(self, user: ChatUserId | None) -> str:
        if user is None:
            return ""
        try:
            return (await self._directory.profile(user)).picture
        except ChatError:
            return ""


def _named(post: ChatPost) -> Content:
    name, said = _full_name(post.speaker), post.content
    title = Paragraph(((Span(name, Emphasis.STRONG),),))
    blocks = said.blocks or (Paragraph(((Span(said.summary),),)),)
    return Content(f"{name}: {said.summary}", (title, *blocks))


def _full_name(speaker: str) -> str:
    name = clean_name(speaker).removesuffix(_SUFFIX).strip()
    return f"{name[: NAME_MOST - len(_SUFFIX) - 1]} {_SUFFIX}"
