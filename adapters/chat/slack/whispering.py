"""Telling one person, where they acted if possible; the first way that works."""

from dataclasses import replace

from adapters.chat.slack.answers import AnswerAddresses
from adapters.chat.slack.writing import Writer, private_message
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.errors import ChatRefusal, ChatRefusedError
from gateway.domain.ids import ChatMessageId
from gateway.ports.chat import ChatWhisper


class Whisperer:
    """Ephemeral message, else answer address, else direct message."""

    def __init__(self, writer: Writer, addresses: AnswerAddresses) -> None:
        self._writer = writer
        self._addresses = addresses

    async def tell(self, whisper: ChatWhisper) -> ChatReceipt:
        """Tell somebody; only a refusal leads to the next way, so nothing is told twice.

        Raises:
            ChatRefusedError: no way works; the reason is the last one's.
        """
        for way in (self._ephemeral, self._answer):
            try:
                return await way(whisper)
            except ChatRefusedError:
                continue
        return await self._direct(whisper)

    async def answer(self, whisper: ChatWhisper, *, replacing: bool) -> None:
        """Answer a click or a shortcut at its address, else as any whisper.

        Raises:
            ChatError: no way worked.
        """
        try:
            await self._answer(whisper, replace_original=replacing)
        except ChatRefusedError:
            await self.tell(whisper)

    async def _ephemeral(self, whisper: ChatWhisper) -> ChatReceipt:
        if whisper.channel is None:
            raise ChatRefusedError(reason=ChatRefusal.NOT_IN_CHANNEL)
        told = await self._writer.whisper(
            whisper.channel, whisper.user, whisper.content, whisper.root
        )
        return replace(told, place="ephemeral")

    async def _answer(self, whisper: ChatWhisper, **more: bool) -> ChatReceipt:
        if whisper.channel is None:
            raise ChatRefusedError(reason=ChatRefusal.NOT_IN_CHANNEL)
        message = {**private_message(whisper.content), **more}
        await self._addresses.say(whisper.user, whisper.channel, message)
        return ChatReceipt(whisper.channel, ChatMessageId(""), "answer")

    async def _direct(self, whisper: ChatWhisper) -> ChatReceipt:
        return replace(await self._writer.post(whisper.user, whisper.content), place="direct")
