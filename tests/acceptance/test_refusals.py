"""What the pager can answer to a page, and what its author reads then.

Each row is a status and code of RingCentral's catalogue. The company pager is told to answer it;
the words are read where the author acted, and the buttons are pressed.
"""

from dataclasses import dataclass

import pytest

from gateway.demo.doors import Json, buttons, label, shown_text
from gateway.demo.world import DemoOptions, World, running_world

OPS = "C0OPS"
DANA = "U0DANA"


@dataclass(frozen=True)
class Row:
    """`verdict` begins what the author reads; `button` is offered and pressed with effect."""

    status: int
    code: str
    verdict: str
    button: str = ""
    to: str = "102"


REFUSED = (
    Row(400, "MSG-324", "Not sent.", "Check and resend", to="102, 101:"),
    Row(400, "MSG-316", "Not sent. Front Desk has no active members.", "Edit", to="front desk"),
    Row(400, "MSG-316", "Not sent.", "Someone else…"),
    Row(400, "CMN-102", "Not sent. RingCentral refused this page.", "Edit"),
    Row(400, "CMN-414", "Not sent."),
    Row(404, "CMN-102", "Not sent."),
    Row(403, "MSG-314", "Not sent.", "Page someone else"),
    Row(403, "MSG-330", "Not sent. RingCentral doesn't let a department send pages."),
    Row(400, "MSG-331", "Not sent. The pager connection isn't set up right.", "Try again"),
    Row(400, "MSG-332", "Not sent. The pager connection isn't set up right.", "Try again"),
    Row(400, "MSG-338", "Not sent."),
    Row(403, "MSG-326", "Not sent. You're no longer in this pager conversation."),
    Row(403, "CMN-401", "Not sent. The pager connection isn't set up right.", "Try again"),
    Row(403, "CMN-402", "Not sent."),
    Row(403, "CMN-403", "Not sent."),
    Row(403, "CMN-404", "Not sent."),
    Row(403, "CMN-408", "Not sent. Your RingCentral role doesn't allow pages."),
    Row(403, "CMN-419", "Not sent. The pager connection isn't set up right."),
    Row(403, "CMN-109", "Not sent. Paging is switched off"),
    Row(400, "CMN-103", "Not sent."),
    Row(400, "CMN-104", "Not sent."),
    Row(400, "XYZ-999", "Not sent. RingCentral refused this page.", "Try again"),
    Row(418, "XYZ-998", "Not sent. RingCentral refused this page.", "Edit"),
)
WAITING = (
    Row(429, "CMN-301", "Waiting to send."),
    Row(429, "CMN-302", "Waiting to send."),
    Row(429, "CMN-303", "Waiting to send."),
    Row(429, "CMN-310", "Waiting to send."),
    Row(429, "MSG-305", "Waiting to send."),
    Row(503, "CMN-211", "Waiting to send."),
    Row(401, "OAU-213", "Waiting to send."),
    Row(401, "OAU-128", "Waiting to send."),
    Row(401, "CMN-405", "Waiting to send."),
)
UNSURE = (
    Row(429, "CMN-304", "We're not sure this was sent."),
    Row(500, "CMN-201", "We're not sure this was sent."),
    Row(502, "", "We're not sure this was sent."),
    Row(503, "CMN-201", "We're not sure this was sent."),
    Row(504, "", "We're not sure this was sent."),
)


def names(rows: tuple[Row, ...]) -> list[str]:
    return [f"{row.status}-{row.code or 'none'}-{index}" for index, row in enumerate(rows)]


async def order(world: World, row: Row, *, times: int | None) -> None:
    """Let the pager answer sends like this."""
    fault: Json = {
        "verb": "status",
        "status": row.status,
        "times": times,
        "match": {"path": "company-pager"},
    }
    if row.code:
        fault["error_code"] = row.code
    await world.pager_door.call("POST", "faults", fault)


async def page(world: World, row: Row) -> None:
    command = {"user": DANA, "channel": OPS, "text": f"/page {row.to} Refusal walk"}
    await world.slack_door.post("commands", command)


async def told(world: World, verdict: str) -> Json:
    """Wait until Dana is told this in private; the newest such message."""
    player = world.player()

    async def look() -> Json | None:
        private = await world.slack_door.private(DANA)
        found = [m for m in private if verdict in shown_text(m).replace("*", "")]
        return found[-1] if found else None

    return await player.until(look, f"Dana being told {verdict!r}")


async def shown(world: World, words: str) -> Json:
    """Wait until the status message in the channel says this."""
    player = world.player()

    async def look() -> Json | None:
        messages = await world.slack_door.messages(OPS)
        found = [m for m in messages if m.get("bot_id") and words in shown_text(m).replace("*", "")]
        return found[-1] if found else None

    return await player.until(look, f"{words!r} in the channel")


def codes_in(text: str) -> list[str]:
    return [word for word in ("MSG-", "CMN-", "OAU-", "400", "403", "404", "429") if word in text]


@pytest.mark.parametrize("row", REFUSED, ids=names(REFUSED))
async def test_refusal_is_told_to_its_author_in_words(row: Row) -> None:
    """Verdict, cause and reference, without codes, only to the author; its button works."""
    async with running_world(DemoOptions()) as world:
        await order(world, row, times=1)
        await page(world, row)
        message = await told(world, row.verdict)
        text = shown_text(message)
        assert not codes_in(text)
        assert "pg_" in text
        assert not [m for m in await world.slack_door.messages(OPS) if "Refusal walk" in str(m)]
        if row.button:
            await press(world, message, row.button)


async def press(world: World, message: Json, wanted: str) -> None:
    """Press a button and see that it does something: a page goes out or the form opens."""
    button = next(b for b in buttons(message) if label(b) == wanted)
    await world.slack_door.post(
        "actions",
        {
            "user": DANA,
            "channel": OPS,
            "ts": message["ts"],
            "action_id": button["action_id"],
            "value": button.get("value"),
        },
    )

    async def look() -> bool | None:
        sent = [m for m in await world.pager_door.log() if "Refusal walk" in str(m)]
        return bool(sent) or bool(await world.slack_door.views(DANA)) or None

    await world.player().until(look, f"an effect of {wanted!r}")


@pytest.mark.parametrize("row", WAITING, ids=names(WAITING))
async def test_page_that_has_to_wait_says_so_and_goes_out_once(row: Row) -> None:
    """Nothing is refused that may still go; after the obstacle is gone it is sent exactly once."""
    async with running_world(DemoOptions()) as world:
        await order(world, row, times=None)
        await page(world, row)
        await shown(world, row.verdict)
        await world.pager_door.heal()
        await world.advance(130)
        await shown(world, "Sent")
        sent = [m for m in await world.pager_door.log() if "Refusal walk" in str(m)]
    assert len(sent) == 1


@pytest.mark.parametrize("row", UNSURE, ids=names(UNSURE))
async def test_doubtful_answer_is_looked_into_before_sending_again(row: Row) -> None:
    """The author reads that we are not sure; absence is proved, then it is sent exactly once."""
    async with running_world(DemoOptions()) as world:
        await order(world, row, times=1)
        await page(world, row)
        await shown(world, row.verdict)
        for _ in range(4):
            await world.advance(12)
        await shown(world, "Sent")
        sent = [m for m in await world.pager_door.log() if "Refusal walk" in str(m)]
    assert len(sent) == 1
