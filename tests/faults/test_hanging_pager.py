"""The pager takes every request and answers none: nobody in Slack notices, nothing is lost."""

from collections import Counter
from pathlib import Path

from tests.faults.checker import broken_promises
from tests.faults.company import Company, running_company
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.storm import Storm
from tests.faults.upstream import TOKEN, read_upstream
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


async def test_a_dead_process_request_may_still_arrive(tmp_path: Path) -> None:
    """Its page was on the way: nobody sends it again before it must be there."""
    async with running_company(tmp_path) as company:
        settings = company.config.read_text()
        patient = settings.replace("read_s = 0.5\ntotal_s = 1.0", "read_s = 8.0\ntotal_s = 8.0")
        assert patient != settings
        company.config.write_text(patient)
        its_page = {"method": "POST", "path": "company-pager"}
        late = {"verb": "hang_then_process", "for_s": 6.0, "times": 1, "match": its_page}
        await company.pager_door.call("POST", "faults", late)
        senders = Senders(company)
        async with company.service() as dying:
            await senders.page("U0DANA", "102", "C0PERSON")
            await until(lambda: _struck(company), "the page, on its way")
            await dying.end()
        async with company.service():
            await settled(company, senders.log)
            await until(lambda: _is_processed(company), "the page of the dead process, sent")
            found = broken_promises(senders.log, await read_upstream(company, USERS))
    assert found == []


async def _struck(company: Company) -> bool | None:
    """What was ordered once is gone when it has struck."""
    standing = (await company.pager_door.call("GET", "faults"))["records"]
    return None if standing else True


async def _is_processed(company: Company) -> bool | None:
    """An exchange is noted when it is over, whoever waited for it."""
    told = await company.pager_door.exchanges()
    return True if any(each.get("fault") == "hang_then_process" for each in told) else None
