"""Silences as people meet them: nobody is called, the card says why, and the end is told."""

import json
from dataclasses import replace
from datetime import timedelta

from gateway.cli.exits import Exit
from gateway.demo.doors import Json, buttons, label, shown_text
from gateway.demo.world import World
from gateway.domain.alerts import AlertStatus
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import KeptSilence
from gateway.services.alerts.silencing import Silencing, Wanted
from tests.acceptance.programs import Said, command
from tests.acceptance.test_alerts import DANA, alert, card, phone, press, say, told
from tests.acceptance.test_alerts import world as world  # noqa: PLC0414 - a fixture, used by its name

BO, LEAD = "102", "231"
PRIYA = "U0PRIYA"


def silencing(world: World) -> Silencing:
    found = world.gateway.core.silencing
    assert found is not None
    return found


async def silence(world: World, matchers: str = 'alertname="DiskFull"', hours: float = 2) -> str:
    """Dana silences; gives the silence's id."""
    wanted = Wanted(
        parse_matchers(matchers), "Dana Lee", "swapping the disk", timedelta(hours=hours)
    )
    kept = await silencing(world).add(wanted)
    assert isinstance(kept, KeptSilence)
    return kept.silence.id


async def heard(world: World, number: str, has: str = "DiskFull") -> int:
    return len([m for m in await world.pager_door.phone(number) if has in m["text"]])


async def test_silenced_alert_is_told_when_the_silence_is_over(world: World) -> None:
    """While it lasts nobody is paged; what still fires then is, at that moment."""
    await silence(world)
    await say(world, alert(world))
    await world.advance(5)
    await world.advance(3600)
    assert await heard(world, BO) == 0
    await world.advance(3600)
    await phone(world, BO, "[CRIT]")


async def test_silence_ended_by_hand_tells_without_delay(world: World) -> None:
    """No clock is moved between the hand and the page."""
    id_ = await silence(world)
    await say(world, alert(world))
    await world.advance(3)
    assert await heard(world, BO) == 0
    await silencing(world).expire(id_, "Bo Chen")
    await phone(world, BO, "[CRIT]")


async def test_silence_over_an_open_alert_is_told_and_stops_the_calling(world: World) -> None:
    """Card and thread name who, until when and why; its end begins the waiting anew."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    id_ = await silence(world)
    shown = await card(world, "Silenced by Dana Lee")
    assert "swapping the disk" in shown_text(shown)
    await told(world, root, "Silenced by Dana Lee until")
    await world.advance(3600)
    assert await heard(world, LEAD) == 0
    await silencing(world).expire(id_, "Bo Chen")
    await told(world, root, "Bo Chen ended the silence, and this is still open.")
    await phone(world, BO, "still open")
    await world.advance(15 * 60 + 1)
    await phone(world, LEAD, "DiskFull")


async def test_longer_silence_is_told_with_its_new_end(world: World) -> None:
    """The thread never shows an end that no longer holds as the last word."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    id_ = await silence(world)
    await told(world, root, "Silenced by")
    until = world.clock.now() + timedelta(hours=5)
    await silencing(world).extend(id_, until, "Bo Chen")

    async def twice() -> bool | None:
        thread = await world.slack_door.messages("C0DBA", root["ts"])
        return len([m for m in thread[1:] if "Silenced by" in shown_text(m)]) == 2 or None

    await world.player().until(twice, "the new end in the thread")


async def test_alert_that_ends_while_silenced_is_shown_resolved(world: World) -> None:
    """The channel tells the truth; the pagers of people who wanted quiet stay quiet."""
    fired = alert(world)
    await say(world, fired)
    await world.advance(2)
    root = await card(world, "DiskFull")
    await silence(world)
    await told(world, root, "Silenced by")
    over = replace(alert(world, status=AlertStatus.RESOLVED), starts_at=fired.starts_at)
    await say(world, over)
    await world.advance(6)
    await card(world, "✅ Resolved")
    assert await heard(world, BO, "[OK]") == 0


async def test_silence_mutes_what_it_matches_and_no_more(world: World) -> None:
    """Of one group, the alerts of other hosts are told as ever."""
    await silence(world, 'host="db-7"')
    await say(world, alert(world), alert(world, "db-9"))
    await world.advance(2)
    await phone(world, BO, "db-9")
    shown = await card(world, "DiskFull")
    assert "Silenced" not in shown_text(shown)


async def test_operator_silences_from_the_command_line(world: World) -> None:
    """Added, seen, made longer and ended; who did it stands in the record."""

    async def silences(*arguments: str) -> Said:
        return await command("silences", *arguments, "--socket", world.gateway.control)

    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    by = ("--author", "Olga")
    why = ("--for", "2h", "--comment", "new disk comes at ten")
    added = await silences("add", "alertname=DiskFull", *why, *by, "--json")
    id_ = json.loads(added.out)["id"]
    await told(world, root, "Silenced by Olga until")
    listed = await silences("list")
    assert [line.split("\t")[:2] for line in listed.out.splitlines()] == [[id_, "active"]]
    assert "new disk comes at ten" in listed.out
    longer = await silences("extend", id_, "--for", "5h", *by)
    assert longer.out.startswith(f"{id_} until ")
    ended = await silences("expire", id_, "--author", "Bo", "--json")
    assert [each["by"] for each in json.loads(ended.out)["history"]] == ["Olga", "Olga", "Bo"]
    await told(world, root, "Bo ended the silence")
    assert (await silences("list")).out == ""


async def test_silence_of_everything_is_refused(world: World) -> None:
    """Exit 1, and words that say what to ask for."""
    arguments = ("add", "team!=nobody", "--for", "2h", "--comment", "all of it")
    refused = await command("silences", *arguments, "--socket", world.gateway.control)
    assert refused.code == Exit.NEGATIVE
    assert "This would silence every alert" in refused.err
    assert refused.out == ""


async def open_form(world: World, root: Json, user: str = DANA) -> Json:
    """Press the card's button and wait for the form."""
    await press(world, root, "Silence…", user)

    async def opened() -> Json | None:
        views = await world.slack_door.views(user)
        return views[-1] if views else None

    return await world.player().until(opened, "the form")


async def submit(world: World, view: Json, why: str, hours: str = "2") -> Json:
    chosen = {"lasts": {"lasts": {"selected_option": {"value": hours}}}}
    values = {**chosen, "text": {"text": {"value": why}}}
    return await world.slack_door.post(
        f"views/{view['id']}/submit", {"user": DANA, "values": values}
    )


async def test_silenced_from_the_card_for_as_long_as_was_chosen(world: World) -> None:
    """The form says what it will silence; the thread says who, until when and why."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    view = await open_form(world, root)
    assert 'host="db-7"' in json.dumps(view["blocks"]).replace("\\", "")
    await submit(world, view, "swapping the disk")
    await told(world, root, "Silenced by Dana Lee until")
    shown = await card(world, "Silenced by Dana Lee")
    assert {label(b) for b in buttons(shown)} >= {"Acknowledge", "End silence"}
    (kept,) = await silencing(world).listed()
    assert kept.silence.ends_at - kept.silence.starts_at == timedelta(hours=2)


async def test_what_joins_unsilenced_is_told_in_its_own_words(world: World) -> None:
    """The silence over the rest goes on; nothing says that it ended."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    await silence(world, 'host="db-7"')
    await told(world, root, "Silenced by Dana Lee")
    await say(world, alert(world, "db-9"))
    await world.advance(6)
    await phone(world, BO, "db-9")
    thread = await world.slack_door.messages("C0DBA", root["ts"])
    assert not [m for m in thread if "silence ended" in shown_text(m)]


async def test_silence_is_ended_by_a_button(world: World) -> None:
    """The thread names who ended it; a second press is told that it is over."""
    await say(world, alert(world))
    await world.advance(2)
    root = await card(world, "DiskFull")
    await submit(world, await open_form(world, root), "swapping the disk")
    silent = await card(world, "Silenced by Dana Lee")
    await press(world, silent, "End silence")
    await told(world, root, "Dana Lee ended the silence, and this is still open.")
    await phone(world, BO, "still open")
    assert await silencing(world).listed() == ()


async def test_silence_without_a_reason_is_asked_for_one(world: World) -> None:
    """The form stays open, and nothing is silenced."""
    await say(world, alert(world))
    await world.advance(2)
    view = await open_form(world, await card(world, "DiskFull"))
    answer = await submit(world, view, " ")
    assert "so that nobody has to wonder" in json.dumps(answer)
    assert await silencing(world).listed() == ()


async def test_stranger_to_an_alert_silences_nothing(world: World) -> None:
    """Like every other button of the card: whoever was paged may use it."""
    await say(world, alert(world))
    await world.advance(2)
    await press(world, await card(world, "DiskFull"), "Silence…", PRIYA)

    async def read() -> bool | None:
        private = await world.slack_door.private(PRIYA)
        return any("Only" in shown_text(m) for m in private) or None

    await world.player().until(read, "who may")
    assert await world.slack_door.views(PRIYA) == []
