"""Names that mean several: aliases, schedules, user groups, and whom a channel usually pages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.ids import ChannelId, ChatUserId
from gateway.domain.inbound import ChannelMention, GroupMention
from gateway.domain.routing.oncall import Schedule, rotation
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import OwnSettings, Receiver, Seed, grow
from gateway.services.clients import Client
from tests.services.acme import (
    AVERY,
    BO,
    DANA,
    DBA,
    GUEST,
    OPS,
    Acme,
    button,
    buttons,
    running_acme,
    said,
)

DAY = timedelta(days=1)
DBAS, SITE = "S0DBAS", "S0SITE"


def schedule(name: str, *people: str) -> Schedule:
    """Let people take turns of a day."""
    return Schedule(name, (rotation(people, datetime(2020, 1, 1), DAY),))  # noqa: DTZ001  wall time


ROUTES = Routes(
    grow(Seed(OwnSettings(receiver="lobby"))),
    {"lobby": Receiver("lobby", channel="C0OPS")},
    aliases={"night crew": ("dba-oncall", "Front Desk")},
    schedules={
        "dba-oncall": schedule("dba-oncall", "Bo Chen", "Avery Kim"),
        "holidays": Schedule("holidays", ()),
    },
)
ALIASES = {
    "leads": ("On-call leads", "110"),
    "everyone": ("leads", "Night-Crew", "102"),
    "old team": ("Bo Chen", "Somebody Gone"),
    "round": ("here",),
}
HOUSE = {
    "groups": {"dba-oncall": ("400",), SITE: ("leads",)},
    "channels": {DBA: ("DBA",)},
}


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES, aliases=ALIASES, house=HOUSE) as acme:
        yield acme


async def sent_to(acme: Acme) -> list[str]:
    """Let everything work; tell whom the last page was addressed to."""
    await acme.work()
    return sorted(acme.pager.accepted[-1].to) if acme.pager.accepted else []


async def on_duty(acme: Acme) -> str:
    """Tell who is on call for the databases, by the schedule alone."""
    (name,) = ROUTES.schedules["dba-oncall"].at(acme.clock.now())
    return {"Bo Chen": "102", "Avery Kim": "101"}[name]


# --- aliases and schedules ---------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["leads Fire", "LEADS: Fire", "@leads Fire", '"leads" Fire'])
async def test_an_alias_pages_people_and_departments(acme: Acme, typed: str) -> None:
    """Those of the settings, however they are written."""
    await acme.page(typed)
    assert await sent_to(acme) == ["110", "402"]


async def test_a_schedule_pages_who_is_on_call_now(acme: Acme) -> None:
    """A day later it is somebody else, without a word from anybody."""
    before = await on_duty(acme)
    await acme.page("dba-oncall Fire")
    assert await sent_to(acme) == [before]
    acme.clock.set(acme.clock.now() + DAY)
    assert await on_duty(acme) != before
    await acme.page("dba oncall Water")
    assert await sent_to(acme) == [await on_duty(acme)]


async def test_aliases_hold_aliases_and_schedules(acme: Acme) -> None:
    """Of both files; everybody is paged once."""
    await acme.page("everyone Fire")
    assert await sent_to(acme) == sorted({"402", "110", await on_duty(acme), "401", "102"})


async def test_an_alias_of_a_newer_routes_file_is_known_at_once(acme: Acme) -> None:
    """Nobody waits for the directory to be read again."""
    assert acme.house.rules is not None
    newer = replace(ROUTES, aliases={"fire brigade": ("Bo Chen",)})
    acme.house.rules.replace(newer)
    await acme.page("fire brigade Fire")
    assert await sent_to(acme) == ["102"]
    assert "Fire" not in said(await acme.command("night crew Fire")).partition("Kept")[0]


async def test_a_schedule_without_a_turn_pages_nobody_and_says_so(acme: Acme) -> None:
    """Also in a list: the others are not paged without a word."""
    told = await acme.command("holidays, 102: Fire")
    assert said(told).startswith("Not sent. holidays reaches nobody at the moment.")
    assert await sent_to(acme) == []


async def test_whom_an_alias_cannot_page_is_named_and_the_others_are_one_click_away(
    acme: Acme,
) -> None:
    """Nothing is sent before."""
    told = await acme.command("old team Fire")
    assert "We don't know the extension of Somebody Gone, behind old team." in said(told)
    assert await sent_to(acme) == []
    await acme.press(button(told.content, "Page the others"))
    assert await sent_to(acme) == ["102"]


async def test_who_shows_everybody_behind_a_name(acme: Acme) -> None:
    """Before anything is sent."""
    told = said(await acme.command("who night crew"))
    assert "Front Desk" in told
    assert ("Bo Chen" if await on_duty(acme) == "102" else "Avery Kim") in told


async def test_forms_offer_sets_and_take_them(acme: Acme) -> None:
    """They mean who is behind them when the form is sent."""
    groups = acme.intake.recipients(acme.person(DANA), "lea")
    (option,) = [o for group in await groups for o in group.options if o.value == "leads"]
    await acme.command("")
    assert await acme.submit(acme.form, to=(option.value,), text="Fire") is None
    assert await sent_to(acme) == ["110", "402"]


async def test_a_form_says_of_a_set_without_anybody_that_nobody_is_chosen(acme: Acme) -> None:
    """The problem stands under the field."""
    await acme.command("")
    problems = await acme.submit(acme.form, to=("holidays",), text="Fire")
    assert problems is not None
    assert "to" in problems.problems


async def test_programs_may_page_sets_they_may_page() -> None:
    """A client's scope is written in the same names."""
    client = Client("ci", ("leads",))
    async with running_acme(aliases=ALIASES, clients=(client,)) as other:
        scope = other.core.orders.clients.scope(client)  # type: ignore[attr-defined] # a white-box look
        assert scope.holds(("402", "110"))
        assert not scope.holds(("400",))


# --- user groups -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mention", "to"),
    [
        (GroupMention(DBAS, "@dba-oncall"), ["400"]),
        (GroupMention(SITE), ["110", "402"]),
    ],
)
async def test_a_user_group_stands_for_what_the_settings_say(
    acme: Acme, mention: GroupMention, to: list[str]
) -> None:
    """By handle or id; its members are not asked for."""
    await acme.page((mention, " Fire"))
    assert await sent_to(acme) == to


async def test_members_of_a_user_group_without_extension_are_named(acme: Acme) -> None:
    """Whoever is left can be paged with one click."""
    acme.chat.groups["S0SHIFT"] = (AVERY, BO, GUEST)
    told = await acme.command((GroupMention("S0SHIFT", "@shift"), " Fire"))
    name = acme.person(GUEST).name
    assert f"We don't know the extension of {name}, behind @shift." in said(told)
    assert await sent_to(acme) == []
    await acme.press(button(told.content, "Page the others"))
    assert await sent_to(acme) == ["101", "102"]


# --- whom a channel usually pages --------------------------------------------------------------


@pytest.mark.parametrize("typed", ["", ": Fire", ":"])
async def test_a_form_opened_in_a_channel_begins_with_whom_it_usually_pages(
    acme: Acme, typed: str
) -> None:
    """It is shown, so that it can be changed; elsewhere nobody is filled in."""
    await acme.command(typed, channel=DBA)
    assert [option.value for option in acme.form.to] == ["400"]
    assert acme.form.text == typed.strip(": ")
    await acme.command(typed, channel=OPS)
    assert acme.form.to == ()
    assert await sent_to(acme) == []


async def test_words_for_nobody_ask_with_one_button_for_the_usual(acme: Acme) -> None:
    """The whole line is the message; elsewhere it is asked who was meant."""
    told = await acme.command("Water in the cellar", channel=DBA)
    assert said(told).startswith("Page DBA, as usual in this channel?")
    assert await sent_to(acme) == []
    await acme.press(button(told.content, "Page DBA"))
    assert await sent_to(acme) == ["400"]
    assert "Water in the cellar" in acme.sent()[-1]
    elsewhere = await acme.command("Water in the cellar", channel=OPS)
    assert "Page DBA" not in [b.label for b in buttons(elsewhere.content)]


async def test_a_likely_name_is_asked_about_before_the_usual(acme: Acme) -> None:
    """Somebody who mistyped a name did not mean the channel."""
    told = await acme.command("avry kim Fire", channel=DBA)
    assert buttons(told.content)[0].label.startswith("Avery Kim")


async def test_a_mentioned_channel_stands_for_whom_it_usually_pages(acme: Acme) -> None:
    """Others have no recipient, and ask."""
    await acme.page((ChannelMention(DBA, "dba"), " Fire"))
    assert await sent_to(acme) == ["400"]
    told = await acme.command((ChannelMention(ChannelId("C0RANDOM"), "random"), " Fire"))
    assert "Sending" not in said(told)


@pytest.mark.parametrize("user", [GUEST, ChatUserId("U0STRANGER")])
async def test_outsiders_do_not_learn_whom_a_channel_pages(acme: Acme, user: ChatUserId) -> None:
    """Neither by a form nor by a question."""
    for typed in ("", ": Fire", "Water in the cellar"):
        told = await acme.command(typed, by=user, channel=DBA)
        assert "DBA" not in said(told)
    assert acme.chat.forms == []
