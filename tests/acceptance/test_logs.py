"""A page's reference leads through the log: from the click to the pager, and back."""

import json
from pathlib import Path
from typing import Any

from tests.faults.company import Company, running_company
from tests.faults.senders import Senders
from tests.faults.waiting import until

WAY = [
    "page.accepted",
    "delivery.attempted SendPage",
    "delivery.attempted PostChatMessage",
    "pager.message_taken",
    "delivery.attempted PostChatReply",
]


def lines(company: Company) -> list[dict[str, Any]]:
    """Every line of the log; a line that is no record would fail here."""
    return [json.loads(line) for line in company.log.read_text().splitlines()]


async def test_a_reference_leads_through_the_log_and_no_words_do(tmp_path: Path) -> None:
    """What an operator needs is found by what the person reads; what people say is nowhere."""
    async with running_company(tmp_path) as company, company.service():
        senders = Senders(company)
        page = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(page)
        said = await senders.say("U0DANA", page)
        phoned = await senders.answer("102", page)

        async def way() -> list[str] | None:
            found = [each for each in lines(company) if each.get("page_id") == page.ref]
            names = [f"{each['event']} {each.get('kind', '')}".strip() for each in found]
            return names if WAY[-1] in names else None

        names = await until(way, "the reply in the log")
        assert [name for name in dict.fromkeys(names) if name in WAY] == WAY
        assert "request.answered" in names
        told = company.log.read_text()
        records = lines(company)
        (accepted,) = [each for each in records if each["event"] == "page.accepted"]
        (click,) = [each for each in records if each.get("request_id") == accepted["request_id"]][
            1:
        ]
        assert click["event"] == "request.answered"
        assert (click["route"], click["status"]) == ("/slack/events", 200)
        slack, phones = company.slack, company.pager.jwt
        secrets = (slack.bot_token, slack.signing_secret, *phones.values())
        words = (page.token, said.token, phoned.token, "water", "Bo Chen")
        assert [each for each in (*words, *secrets) if each in told] == []
