"""The Bolt app: one listener per kind of request, and what Slack is answered when one fails.

Bolt gets verified, parsed bodies only (see `edge`). It runs listeners before it answers
(`process_before_response`), or an event whose listener fails would be lost; it authorises from
memory; its own filters stay off, because they miss edits of our messages and answer too early.
"""

import re
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from adapters.chat.slack.api import SILENT
from adapters.chat.slack.background import Background
from adapters.chat.slack.body import Body
from adapters.chat.slack.events import NEEDS_NO_TOKEN, Events
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.interactions import Interactions, channel_of, root_of
from adapters.chat.slack.payload import number, part, word
from adapters.chat.slack.refusing import NO_OPTIONS, form_errors, refusal
from adapters.chat.slack.switchboard import Dispatch
from adapters.chat.slack.text import label_of, readable
from adapters.chat.slack.views import draw_options, draw_problems
from adapters.chat.slack.whispering import Whisperer
from adapters.chat.slack.writing import private_message
from gateway.domain.content import Content
from gateway.domain.errors import ChatError, GatewayError, StoreUnavailableError
from gateway.domain.ids import ChatUserId
from gateway.ports.chat import ChatWhisper
from gateway.ports.intake import Answer

Sorry = Callable[[GatewayError, str], Content]
"""Words for somebody whose command or click was not taken: the error, and what they typed."""

Listener = Callable[[Body], Awaitable[BoltResponse]]

KINDS = frozenset(
    {
        "event_callback",
        "command",
        "block_actions",
        "block_suggestion",
        "view_submission",
        "view_closed",
        "shortcut",
        "message_action",
    }
)

_ANY = re.compile("")
_CLICKED = frozenset({"block_actions", "shortcut", "message_action"})
_UNHANDLED = frozenset({404, 500})
"""What Bolt itself answers when no listener fits, or when it trips over a body's shape."""


class Listeners(Dispatch):
    """One workspace's listeners."""

    def __init__(
        self,
        hearing: Hearing,
        interactions: Interactions,
        whisperer: Whisperer,
        background: Background,
        sorry: Sorry,
    ) -> None:
        self._hearing = hearing
        self.events = Events(hearing)
        self._interactions = interactions
        self._whisperer = whisperer
        self._background = background
        self._sorry = sorry
        self._app = self._bolt()

    def _bolt(self) -> AsyncApp:
        # Bolt fills arguments by name, and would hand a bound method a second `self`.
        async def authorize() -> AuthorizeResult:
            return await self._authorize()

        app = AsyncApp(
            name="pager-gateway",
            logger=SILENT,
            # Nobody calls Slack through Bolt's client, so it gets no token.
            client=AsyncWebClient(logger=SILENT, retry_handlers=[]),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        # Bolt asks them in this order; the frequent ones come first.
        app.event(_ANY)(self._guarded(self._on_event))
        app.command(_ANY)(self._guarded(self._on_command))
        app.action(_ANY)(self._guarded(self._on_action))
        app.options(_ANY)(self._guarded(self._on_options))
        app.view_submission(_ANY)(self._guarded(self._on_form))
        app.shortcut(_ANY)(self._guarded(self._on_shortcut))
        app.view_closed(_ANY)(self._guarded(self._on_closed))
        return app

    @override
    async def dispatch(self, body: Body) -> BoltResponse:
        kind = "command" if "command" in body else word(body, "type")
        if kind == "app_rate_limited":
            minute = number(body, "minute_rate_limited")
            self._hearing.observer.saw("slack.events_dropped", minute=minute)
            return BoltResponse(status=200)
        if kind not in KINDS:
            return self._not_ours("unknown")
        if word(body, "event", "type") not in NEEDS_NO_TOKEN:
            try:
                await self._hearing.directory.us_in_time()
            except ChatError as error:
                return self._refused(body, error)
        return await self._through_bolt(kind, body)

    async def _through_bolt(self, kind: str, body: Body) -> BoltResponse:
        try:
            request = AsyncBoltRequest(body=body, mode="socket_mode")
            response = await self._app.async_dispatch(request)
        except Exception:  # noqa: BLE001 - listeners are guarded; this is Bolt and an odd shape
            return self._not_ours(kind)
        return self._not_ours(kind) if response.status in _UNHANDLED else response

    def _not_ours(self, kind: str) -> BoltResponse:
        self._hearing.ignored(kind, "odd_request")
        return BoltResponse(status=200)

    async def _authorize(self) -> AuthorizeResult:
        us = await self._hearing.directory.us()
        return AuthorizeResult(
            enterprise_id=us.enterprise or None,
            team_id=us.workspace,
            bot_id=us.bot,
            bot_user_id=us.bot_user,
        )

    # --- listeners -----------------------------------------------------------------------------

    def _guarded(self, listener: Listener) -> Listener:
        """Keep every failure of ours away from Bolt, which would answer in its own words."""

        async def guarded(body: Body) -> BoltResponse:
            try:
                return await listener(body)
            except GatewayError as error:
                return self._refused(body, error)
            except Exception as error:  # noqa: BLE001 - the edge: a bug must not look like silence
                self._hearing.observer.saw("slack.listener_broke", **_place(error))
                return self._refused(body, GatewayError())

        return guarded

    async def _on_event(self, body: Body) -> BoltResponse:
        await self.events.handle(body)
        return BoltResponse(status=200)

    async def _on_command(self, body: Body) -> BoltResponse:
        answer = await self._interactions.command(body)
        if answer.content is None:
            return BoltResponse(status=200)
        return BoltResponse(status=200, body=private_message(answer.content))

    async def _on_action(self, body: Body) -> BoltResponse:
        self._answer(body, await self._interactions.action(body))
        return BoltResponse(status=200)

    async def _on_shortcut(self, body: Body) -> BoltResponse:
        self._answer(body, await self._interactions.shortcut(body))
        return BoltResponse(status=200)

    async def _on_options(self, body: Body) -> BoltResponse:
        groups = draw_options(await self._interactions.options(body))
        return BoltResponse(status=200, body={"option_groups": groups} if groups else NO_OPTIONS)

    async def _on_form(self, body: Body) -> BoltResponse:
        problems = await self._interactions.form(body)
        if problems is None or not problems.problems:
            return BoltResponse(status=200)  # an empty body closes the form
        return form_errors(draw_problems(problems.problems, part(body, "view")))

    async def _on_closed(self, _body: Body) -> BoltResponse:
        return BoltResponse(status=200)

    # --- answers -------------------------------------------------------------------------------

    def _answer(self, body: Body, answer: Answer) -> None:
        """Answer a click after it is acknowledged; Slack waits three seconds for that only."""
        if answer.content is None:
            return
        user, channel = ChatUserId(word(body, "user", "id")), channel_of(body)
        workspace = self._hearing.directory.workspace
        whisper = ChatWhisper(workspace, user, channel, answer.content, root_of(body))
        self._background.start(self._whisperer.answer(whisper, replacing=answer.replace))

    def _refused(self, body: Body, error: GatewayError) -> BoltResponse:
        """Say that something was not recorded: Slack repeats events, people have to be told."""
        self._hearing.observer.saw("slack.request_refused", error_code=error.code)
        if isinstance(error, ChatError):
            # Slack did not tell us who this is; to the person it is the same: not recorded.
            error = StoreUnavailableError()
        content = self._sorry(error, readable(word(body, "text"), label_of))
        if word(body, "type") in _CLICKED:
            self._answer(body, Answer(content))
        return refusal(body, content, click_status=200)


def _place(error: Exception) -> dict[str, str]:
    """Say what broke and where, without the message, which may hold what somebody wrote."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {"error": type(error).__name__, "where": f"{Path(last.filename).name}:{last.lineno}"}
