"""What Slack says about an installation: asked by those who set it up or look for what is wrong."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.chat.slack.asking import Asker, Reply, asking
from adapters.chat.slack.settings import SlackSettings
from gateway.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class SlackSurvey:
    """Answers about the bot token, the app-level token (in Socket Mode) and each channel's id."""

    bot: Reply
    app: Reply | None = None
    channels: Mapping[str, Reply] = field(default_factory=dict)


async def survey_slack(settings: SlackSettings, clock: Clock) -> SlackSurvey:
    """Ask about everything the settings name; changes nothing at Slack."""
    async with asking(settings.api_url, clock, settings.proxy) as asker:
        bot = await asker.ask("auth.test", settings.bot_token)
        if bot.error:
            return SlackSurvey(bot)
        app = await _app_token(asker, settings)
        named = {each for each in (settings.lobby_channel, settings.ops_channel) if each}
        replies = await asyncio.gather(
            *(asker.ask("conversations.info", settings.bot_token, channel=each) for each in named)
        )
        return SlackSurvey(bot, app, dict(zip(named, replies, strict=True)))


async def _app_token(asker: Asker, settings: SlackSettings) -> Reply | None:
    """Ask for a Socket Mode address; nothing is connected to it, so it is forgotten by itself."""
    if settings.mode != "socket" or settings.app_token is None:
        return None
    return await asker.ask("apps.connections.open", settings.app_token)
