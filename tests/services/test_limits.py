"""How much may be said a minute: of one person, to one department, by everybody together."""

import asyncio

from gateway.domain.ids import ChannelId
from gateway.ports.orders import NotTaken, PageOrder, Taken
from gateway.services.clients import Client
from gateway.services.limits import PerMinute
from tests.services.acme import AVERY, BO, button, running_acme, said

CI = Client("ci", None, channels=frozenset({ChannelId("C0OPS")}), per_minute=1000)


def limited(**most: int) -> dict[str, object]:
    """Describe a house with limits."""
    return {"limits": PerMinute(**most)}


async def test_one_person_cannot_use_up_the_sender() -> None:
    """Told with the words to copy and when it will do; then one click sends it."""
    async with running_acme(house=limited(person=5)) as acme:
        for n in range(5):
            await acme.page(f"102 Fire {n}")
        answer = await acme.command("102 Fire 5")
        assert "Not sent. You have sent 5 pages and replies in the last minute" in said(answer)
        assert "> Fire 5" in said(answer)
        await acme.page("102 Somebody else's", by=BO)
        await acme.pass_time(60)
        await acme.press(button(answer.content, "Try again"))
        await acme.work()
        assert len(acme.sent("Fire 5")) == 1


async def test_a_department_is_rung_only_so_often() -> None:
    """Whoever pages it; its people one by one, and other departments, are not concerned."""
    async with running_acme(house=limited(department=2)) as acme:
        await acme.page("dba One")
        await acme.page("dba Two", by=BO)
        answer = await acme.command("dba Three", by=AVERY)
        assert "Not sent. DBA gets at most 2 pages and replies a minute" in said(answer)
        await acme.page("102 To one of them", by=AVERY)
        await acme.pass_time(60)
        await acme.page("dba Three", by=AVERY)


async def test_everybody_together_has_a_limit_that_programs_share() -> None:
    """A program hears the seconds to wait; its key stays free."""
    async with running_acme(house=limited(workspace=2), clients=(CI,)) as acme:
        await acme.page("102 One")
        order = PageOrder("ci", "k", "d", ("102",), "Two")
        assert isinstance(await acme.core.orders.take(order), Taken)
        assert "All of you together" in said(await acme.command("102 Three", by=BO))
        late = PageOrder("ci", "k2", "d", ("102",), "Four")
        acme.clock.move(45)
        told = await acme.core.orders.take(late)
        assert isinstance(told, NotTaken)
        assert (told.code, told.retry_after_s) == ("page.too_many", 15)
        acme.clock.move(15)
        assert isinstance(await acme.core.orders.take(late), Taken)


async def test_a_reply_counts_and_stays_in_its_thread_when_there_is_no_room() -> None:
    """Its author is told; the message itself is where it was, to be copied."""
    async with running_acme(house=limited(person=2)) as acme:
        page = await acme.page("102 Fire")
        await acme.work()
        await acme.reply(page, "on the roof")
        await acme.reply(page, "and in the cellar")
        await acme.work()
        assert "Not sent. You have sent 2 pages and replies" in acme.told()
        assert acme.sent("cellar") == []
        await acme.pass_time(60)
        await acme.reply(page, "and in the cellar")
        await acme.work()
        assert len(acme.sent("cellar")) == 1


async def test_a_form_is_counted_like_everything_else() -> None:
    """What it holds is kept behind the button."""
    async with running_acme(house=limited(person=1)) as acme:
        await acme.page("102 Fire")
        await acme.command("")
        assert await acme.submit(acme.form, to=("102",), text="Water") is None
        await acme.work()
        assert "You have sent a page or reply in the last minute" in acme.told()


async def test_many_at_the_same_moment_share_the_room_there_is() -> None:
    """Counted where they are accepted: none finds the room another one takes."""
    async with running_acme(house=limited(department=3), clients=(CI,)) as acme:
        orders = [PageOrder("ci", f"k{n}", "d", ("400",), f"Fire {n}") for n in range(20)]
        answers = await asyncio.gather(*map(acme.core.orders.take, orders))
        assert sum(isinstance(answer, Taken) for answer in answers) == 3


async def test_what_was_refused_or_asked_about_does_not_count() -> None:
    """Only what is accepted does."""
    async with running_acme(house=limited(person=1)) as acme:
        assert "No one called" in said(await acme.command("nobody Fire"))
        await acme.command("102 \u200b")
        await acme.page("102 Fire")
