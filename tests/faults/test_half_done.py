"""The service dies with a page on its way: half sent, not processed, processed, half answered."""

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from tests.faults.checker import broken_promises
from tests.faults.company import VISIBLE_AFTER_S, Company, running_company
from tests.faults.halfway import half_way
from tests.faults.promises import Broken, Promise
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Ack, Senders
from tests.faults.storm import command, signed
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until

SENDING = {"path": "company-pager"}


async def _struck(company: Company) -> bool | None:
    faults = (await company.pager_door.call("GET", "faults"))["records"]
    return True if any(fault["struck"] for fault in faults) else None


async def _judged(company: Company, senders: Senders) -> list[Broken]:
    await settled(company, senders.log)
    return broken_promises(senders.log, await read_upstream(company, USERS))


@pytest.mark.parametrize("verb", ["read_then_hang", "process_then_hang", "slow_drip"])
async def test_killed_while_it_waits_for_the_pager(verb: str, tmp_path: Path) -> None:
    """Whether the pager took the page shows in its list alone; the page is there once."""
    drip = {"delay_s": 5.0} if verb == "slow_drip" else {}
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with company.service():
            await company.pager_door.call(
                "POST", "faults", {"verb": verb, "match": SENDING, **drip}
            )
            await senders.page("U0DANA", "102", "C0PERSON")
            await until(lambda: _struck(company), "a page on its way")
        await company.pager_door.heal()
        async with company.service():
            assert await _judged(company, senders) == []


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
async def test_message_shows_late_in_the_pagers_list(share: float, tmp_path: Path) -> None:
    """Up to the bound we assume, what is not to be seen yet is waited for."""
    async with running_company(tmp_path) as company, company.service():
        lag = {"verb": "lag_visible", "seconds": share * VISIBLE_AFTER_S}
        lost = {"verb": "process_then_reset", "match": SENDING}
        await company.pager_door.call("POST", "faults", lag)
        await company.pager_door.call("POST", "faults", lost)
        senders = Senders(company)
        await senders.page("U0DANA", "102", "C0PERSON")
        await senders.page("U0AVERY", "118", "C0SHARED")
        assert await _judged(company, senders) == []


@pytest.mark.parametrize("times", [3.0, 10.0])
async def test_message_shows_later_than_we_assume(times: float, tmp_path: Path) -> None:
    """Beyond that bound nothing is proved: one more is sent, and no third; the thread says so."""
    async with running_company(tmp_path) as company, company.service():
        lag = {"verb": "lag_visible", "seconds": times * VISIBLE_AFTER_S}
        lost = {"verb": "process_then_reset", "match": SENDING, "times": 1}
        await company.pager_door.call("POST", "faults", lag)
        await company.pager_door.call("POST", "faults", lost)
        senders = Senders(company)
        page = await senders.page("U0AVERY", "118", "C0SHARED")
        found = await _judged(company, senders)
        texts = [record["text"] for record in await company.pager_door.log()]
        await until(lambda: _says_twice(company, "C0SHARED"), "what went out twice, told", 30)
    assert len(texts) == 2
    assert all(page.ref in text for text in texts)
    assert {each.promise for each in found} == {Promise.DUPLICATED}


async def _says_twice(company: Company, channel: str) -> bool | None:
    (root,) = await company.slack_door.messages(channel)
    _, *told = await company.slack_door.messages(channel, root["ts"])
    return True if any("Sent twice." in each["text"] for each in told) else None


async def test_killed_with_half_a_command_read(tmp_path: Path) -> None:
    """Nothing of it is recorded; typed again, it is sent once."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with company.service():
            door = URL(company.url)
            _, writer = await asyncio.open_connection(door.host, door.port)
            body = command("no0999", "U0DANA")
            headers = signed(body, company.slack.signing_secret)
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            size = f"Content-Length: {len(body)}\r\n"
            begun = f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{head}{size}\r\n".encode()
            writer.write(begun + body[: len(body) // 2])
            await writer.drain()
            await senders.page("U0AVERY", "118", "C0SHARED")
        writer.close()
        async with company.service():
            await senders.page("U0DANA", "102", "C0PERSON")
            assert await _judged(company, senders) == []


async def test_killed_with_half_a_page_written(tmp_path: Path) -> None:
    """The pager never got a whole request: looked for, found absent, sent once."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with half_way(company, b"company-pager") as wire, company.service():
            await senders.page("U0DANA", "102", "C0PERSON")
            await asyncio.wait_for(wire.broken.wait(), 20)
        async with company.service():
            assert await _judged(company, senders) == []


async def test_killed_while_it_drains(tmp_path: Path) -> None:
    """SIGKILL after SIGTERM: what was in hand then is looked for, and is there once."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with company.service() as service:
            hang = {"verb": "process_then_hang", "match": SENDING}
            await company.pager_door.call("POST", "faults", hang)
            await senders.page("U0DANA", "102", "C0PERSON")
            await until(lambda: _struck(company), "a page on its way")
            service.process.terminate()
            await until(lambda: _door_is_closed(senders), "a closed door")
        await company.pager_door.heal()
        async with company.service():
            assert await _judged(company, senders) == []


async def _door_is_closed(senders: Senders) -> bool | None:
    page = await senders.page("U0AVERY", "118", "C0SHARED")
    return True if page.ack is Ack.NO_ANSWER else None
