"""Runs before the real one: everything live but the sending, or the pager our own."""

from pathlib import Path

from aiohttp import ClientSession

from adapters.registry import EmbeddedBackend
from gateway.bootstrap import Seams, running_gateway
from gateway.bootstrap.rehearsing import with_own_pager, without_sending
from gateway.demo.doors import SlackDoor, shown_text
from gateway.demo.world import free_port
from gateway.settings import Settings, control_socket, load_settings
from tests.doctor.conftest import office as office  # noqa: PLC0414 - a fixture, used by its name
from tests.doctor.office import Office
from tests.fakes.observer import Ears
from tests.faults.waiting import until


def settings(office: Office) -> Settings:
    office.write()
    return load_settings(office.file)


async def shown(session: ClientSession, office: Office, words: str) -> str:
    """Type a page in Slack and wait for what becomes of it there."""
    office.slack.events_url = f"{office.tables['server']['public_url']}/slack/events"
    door = SlackDoor(session, office.slack.url)
    typed = {"user": "U0DANA", "channel": "C0OPS", "text": "/page 101 the server room is wet"}
    await door.post("commands", typed)

    async def told() -> str | None:
        messages = [*await door.messages("C0OPS"), *await door.private("U0DANA")]
        found = (shown_text(message) for message in messages)
        return next((text for text in found if words in text), None)

    return await until(told, f"{words!r} in Slack")


async def test_a_dry_run_sends_nothing_and_says_so(office: Office) -> None:
    """The page is judged, logged without its text, and told to its author; no phone rings."""
    dry, ears = without_sending(settings(office)), Ears()
    async with running_gateway(dry, Seams(dry_run=True, observer=ears)), ClientSession() as session:
        told = await shown(session, office, "dry run")
    assert "it would have gone to Avery Kim" in told
    (facts,) = ears.events("pager.not_sent")
    assert facts["to"] == ["101"]
    assert "wet" not in str(facts)
    async with ClientSession() as session, session.get(f"{office.pager.url}/_admin/log") as answer:
        assert (await answer.json())["records"] == []


def test_what_really_waits_is_left_alone(office: Office) -> None:
    """A dry run has a database of its own, and is found by commands where the real one is."""
    real = settings(office)
    dry = without_sending(real)
    assert Path(dry.database.url.removeprefix("sqlite:///")).name == "gateway-dry-run.db"
    assert control_socket(dry) == control_socket(real)


async def test_slack_with_a_pager_of_our_own(office: Office) -> None:
    """RingCentral's people are left out, and its server is never asked."""
    office.tables["pager"]["server_url"] = f"http://127.0.0.1:{free_port()}"
    office.tables["[people]"] = {"chat_user": "U0DANA", "extension": "99104"}
    own = with_own_pager(settings(office))
    assert isinstance(own.pager, EmbeddedBackend)
    async with running_gateway(own), ClientSession() as session:
        told = await shown(session, office, "Sent")
    assert "Avery Kim" in told
    assert with_own_pager(own) is own
