"""The `Chat` port on Slack's Web API."""

from datetime import datetime

from typing_extensions import override

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.emoji import name_of
from adapters.chat.slack.finding import PostFinder, metadata
from adapters.chat.slack.installation import Installation
from adapters.chat.slack.people import Directory
from adapters.chat.slack.speaking import Speaker
from adapters.chat.slack.views import draw_form, draw_home
from adapters.chat.slack.whispering import Whisperer
from adapters.chat.slack.writing import Writer
from gateway.domain.content import Content, Form
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.errors import ChatRefusal, ChatRefusedError
from gateway.domain.ids import ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.pages import ChatThread, Person
from gateway.ports.chat import Chat, ChatEdit, ChatPost, ChatWhisper


class SlackChat(Chat):
    """One Slack workspace."""

    def __init__(
        self,
        api: SlackApi,
        directory: Directory,
        writer: Writer,
        whisperer: Whisperer,
        installation: Installation,
    ) -> None:
        self._api = api
        self._installation = installation
        self._directory = directory
        self._writer = writer
        self._whisperer = whisperer
        self._finder = PostFinder(api, directory)
        self._speaker = Speaker(directory)

    @property
    @override
    def admitted(self) -> bool:
        return self._installation.present

    @override
    async def leave(self) -> None:
        await self._installation.end()

    async def workspace(self) -> WorkspaceId:
        """Tell which workspace this is.

        Raises:
            ChatError: nobody answered, or the token is dead.
        """
        return (await self._directory.us()).workspace

    @property
    def name(self) -> str:
        """Tell what Slack calls the workspace, once known; empty before."""
        return self._directory.name

    @override
    async def post(self, post: ChatPost) -> ChatReceipt:
        await self._check(post.workspace)
        guise = await self._speaker.guise(post)
        try:
            return await self._post(post, guise)
        except ChatRefusedError as error:
            if not guise or error.vendor_code != "missing_scope":
                raise
        # Nothing was posted: we may post, but not under another name.
        self._speaker.has_no_guise()
        return await self._post(post, {})

    async def _post(self, post: ChatPost, guise: dict[str, str]) -> ChatReceipt:
        content = self._speaker.content(post)
        return await self._writer.post(
            post.channel,
            content,
            post.root,
            marker=post.marker,
            metadata=metadata(post.marker),
            **guise,
        )

    @override
    async def find_post(self, post: ChatPost, since: datetime) -> ChatReceipt | None:
        await self._check(post.workspace)
        return await self._finder.find(post, since)

    @override
    async def update(self, edit: ChatEdit) -> ChatReceipt:
        await self._check(edit.workspace)
        await self._writer.edit(edit.channel, edit.message, edit.content)
        return ChatReceipt(edit.channel, edit.message)

    @override
    async def whisper(self, whisper: ChatWhisper) -> ChatReceipt:
        await self._check(whisper.workspace)
        return await self._whisperer.tell(whisper)

    @override
    async def react(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        await self._reaction("reactions.add", thread, message, emoji)

    @override
    async def unreact(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        await self._reaction("reactions.remove", thread, message, emoji)

    async def _reaction(
        self, method: str, thread: ChatThread, message: ChatMessageId, emoji: str
    ) -> None:
        await self._check(thread.workspace)
        name = name_of(emoji)
        await self._api.call(method, channel=thread.channel, timestamp=message, name=name)

    @override
    async def open_form(self, trigger: str, form: Form) -> None:
        await self._api.call("views.open", trigger_id=trigger, view=draw_form(form))

    @override
    async def person(self, workspace: WorkspaceId, user: ChatUserId) -> Person:
        await self._check(workspace)
        return (await self._directory.profile(user)).person

    @override
    async def group_members(self, workspace: WorkspaceId, group: str) -> tuple[ChatUserId, ...]:
        await self._check(workspace)
        return await self._directory.group_members(group)

    @override
    async def publish_home(
        self, workspace: WorkspaceId, user: ChatUserId, content: Content
    ) -> None:
        await self._check(workspace)
        await self._api.call("views.publish", user_id=user, view=draw_home(content))

    async def _check(self, workspace: WorkspaceId) -> None:
        """Refuse to act in a workspace whose token we do not hold."""
        if workspace != await self.workspace():
            raise ChatRefusedError("other_workspace", ChatRefusal.PERMISSION)
