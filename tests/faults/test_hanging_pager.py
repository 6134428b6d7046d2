"""The pager takes every request and answers none: nobody in Slack notices, nothing is lost."""

from collections import Counter
from pathlib import Path

from tests.faults.company import Company, running_company
from tests.faults.storm import Storm
from tests.faults.upstream import TOKEN
from tests.faults.waiting import NotSeenError, until

COUNT = 120
PER_S = 100.0
AT_ONCE = 3
"""Slack lets so many messages into a channel before it slows us down."""


async def hang(company: Company) -> None:
    """Let the pager read every request and never answer."""
    await company.pager_door.call("POST", "faults", {"verb": "read_then_hang"})


async def sent(company: Company) -> Counter[str]:
    """Count what the pager has, by token."""
    tokens = (TOKEN.search(record["text"]) for record in await company.pager_door.log())
    return Counter(token.group() for token in tokens if token)


async def all_sent(company: Company, storm: Storm, patience_s: float) -> Counter[str]:
    """Wait until everything accepted is there and nothing is open, or patience ends."""

    async def look() -> Counter[str] | None:
        found = await sent(company)
        outbox = await company.outbox() or {"?": 1}
        unsettled = sum(count for state, count in outbox.items() if state != "ready")
        return found if set(storm.accepted) <= set(found) and not unsettled else None

    try:
        return await until(look, "every accepted page on the pager", patience_s)
    except NotSeenError:
        return await sent(company)


async def test_commands_are_kept_while_the_pager_hangs(tmp_path: Path) -> None:
    """Every command is accepted; once the pager answers again each page goes out, once."""
    async with running_company(tmp_path) as company, company.service():
        await hang(company)
        storm = Storm(company.session, f"{company.url}/slack/events", company.slack.signing_secret)
        await storm.blow(COUNT, PER_S)
        await company.pager_door.heal()
        found = await all_sent(company, storm, patience_s=20.0)
    assert len(storm.accepted) == COUNT
    assert found == Counter(storm.accepted)


async def test_people_are_told_while_the_pager_hangs(tmp_path: Path) -> None:
    """However many pages wait for it, there are hands left for telling their authors."""
    async with running_company(tmp_path) as company, company.service():
        await hang(company)
        storm = Storm(company.session, f"{company.url}/slack/events", company.slack.signing_secret)
        await storm.blow(2 * COUNT, 2 * PER_S)

        async def told() -> bool | None:
            shown = await company.slack_door.messages("C0PERSON")
            return True if len(shown) > AT_ONCE else None

        await until(told, "status messages", patience_s=10.0)
