"""Lost answers at random: a share of all sends is processed and then not answered.

The servers' own faults strike a given number of times; a chance is made of that by ordering one
just before a request, as often as the dice say. The dice are seeded.
"""

from collections.abc import Collection
from random import Random
from typing import Any

from adapters.chat.slack_simulator.faults import Fault as SlackFault
from adapters.pager.embedded.faults import Fault as PagerFault
from tests.faults.company import Company

LOST_ANSWERS = ("process_then_reset", "process_then_hang")
SHARE = 0.3


def lose_answers(company: Company, seed: int, share: float = SHARE) -> None:
    """From now on lose a share of the answers to `company-pager` and `chat.postMessage`."""
    dice = Random(seed)  # noqa: S311 - a rehearsal has to be repeatable, not unpredictable
    _lose_pagers(company, dice, share)
    _lose_slacks(company, dice, share)


def _lose_pagers(company: Company, dice: Random, share: float) -> None:
    faults = company.pager.pager.faults
    take = faults.take_request

    def take_by_chance(method: str, path: str, extension: str | None) -> PagerFault | None:
        if method == "POST" and path.endswith("/company-pager") and dice.random() < share:
            verb = dice.choice(LOST_ANSWERS)
            faults.order({"verb": verb, "match": {"path": "company-pager"}, "times": 1})
        return take(method, path, extension)

    vars(faults)["take_request"] = take_by_chance


def _lose_slacks(company: Company, dice: Random, share: float) -> None:
    faults = company.slack.slack.faults
    take = faults.take

    def take_by_chance(verbs: Collection[str], **about: Any) -> SlackFault | None:
        method = about.get("method", "")
        if LOST_ANSWERS[0] in verbs and method == "chat.postMessage" and dice.random() < share:
            faults.add(SlackFault("F0", dice.choice(LOST_ANSWERS), method=method))
        return take(verbs, **about)

    vars(faults)["take"] = take_by_chance
