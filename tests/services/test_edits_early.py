"""Edits and deletions that come before a thread is known to be ours, moments after a page."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from gateway.domain.errors import ChatUnavailableError, ThreadNotOpenError
from gateway.domain.inbound import ChatDeletion, ChatEdit, ChatReply
from gateway.domain.pages import ChatThread
from tests.services.acme import ACME, DANA, GUEST, OPS, Acme, until


@pytest.fixture
async def thread(acme: Acme) -> ChatThread:
    """A page's status message stands for all to see, and the answer that says so was lost."""
    acme.chat.unreadable = ChatUnavailableError()
    acme.chat.lose_next()
    await acme.page("102 Disk is full")
    await acme.step()
    await acme.step()
    return ChatThread(ACME, OPS, acme.chat.posted[-1].ts)


async def is_put_off(acme: Acme, event: Coroutine[Any, Any, None]) -> bool:
    """Whether the platform is asked to bring an event again, after a while."""

    async def brought() -> bool:
        try:
            await event
        except ThreadNotOpenError:
            return True
        return False

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(brought())

        def over() -> bool:
            acme.clock.move(0.1)
            return waiting.done()

        await until(over)
    return waiting.result()


async def test_edit_is_brought_again(acme: Acme, thread: ChatThread) -> None:
    """Or the pagers would get the words as they were."""
    now, message = acme.clock.now(), acme.chat.next_ts()
    reply = ChatReply("reply", acme.person(DANA), thread, message, "on my way", now, under_us=True)
    edit = ChatEdit(
        "edit", acme.person(DANA), thread, message, "in 5 min", "on my way", now, under_us=True
    )
    assert await is_put_off(acme, acme.intake.reply(reply))
    assert await is_put_off(acme, acme.intake.edit(edit))
    acme.chat.unreadable = None
    await acme.pass_time(60)
    await acme.intake.edit(edit)
    await acme.intake.reply(reply)
    await acme.work()
    assert "in 5 min" in acme.sent()[-1]


async def test_deletion_is_brought_again(acme: Acme, thread: ChatThread) -> None:
    """Or the pagers would get what was taken back."""
    now, message = acme.clock.now(), acme.chat.next_ts()
    reply = ChatReply("reply", acme.person(DANA), thread, message, "oh no", now, under_us=True)
    deletion = ChatDeletion("gone", acme.person(DANA), thread, message, now, under_us=True)
    assert await is_put_off(acme, acme.intake.deletion(deletion))
    acme.chat.unreadable = None
    await acme.pass_time(60)
    await acme.intake.deletion(deletion)
    await acme.intake.reply(reply)
    await acme.work()
    assert acme.sent("oh no") == []


async def test_edit_of_somebody_who_may_not_hides_nothing(acme: Acme) -> None:
    """Their message comes after its edit, and they are told that it was not sent."""
    page = await acme.page("102 Disk is full")
    await acme.work()
    thread, now, message = await acme.thread(page.ref), acme.clock.now(), acme.chat.next_ts()
    guest = acme.person(GUEST)
    await acme.intake.edit(ChatEdit("edit", guest, thread, message, "on my way", "on my", now))
    await acme.intake.reply(ChatReply("reply", guest, thread, message, "on my", now))
    await acme.work()
    assert "Only members" in acme.told(GUEST)
    assert acme.sent("on my") == []


async def test_elsewhere_nobody_waits(acme: Acme, thread: ChatThread) -> None:
    """A message in a thread of other people's is none of our business."""
    other = ChatThread(ACME, OPS, acme.chat.next_ts())
    now, message = acme.clock.now(), acme.chat.next_ts()
    assert thread != other
    await acme.intake.edit(ChatEdit("edit", acme.person(DANA), other, message, "b", "a", now))
    await acme.intake.deletion(ChatDeletion("gone", acme.person(DANA), other, message, now))
