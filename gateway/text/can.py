"""Whether somebody may page whom, in lines for an operator."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.explanations import MayWhy, RecipientWhy, RuleWhy
from gateway.text.alerts import name_of, one_line
from gateway.text.language import Language

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class CanWords:
    """Tells one answer in one language."""

    language: Language

    def lines(self, why: MayWhy) -> Iterator[str]:
        """Tell the verdict, who would send, and each rule that was tried."""
        say = self.language.text
        name = name_of(why.name) or why.user
        shown = [_shown(each) for each in why.recipients if each.allowed is why.allowed]
        recipients = shown or [_shown(each) for each in why.recipients]
        yield say("can.may" if why.allowed else "can.may_not", name=name, recipients=recipients)
        if why.barred:
            yield say(f"can.{why.barred}", name=name)
            return
        yield say("can.own" if why.own else "can.shared", number=why.sender)
        for each in why.recipients:
            yield from self._recipient(each)

    def _recipient(self, why: RecipientWhy) -> Iterator[str]:
        say, name = self.language.text, _shown(why)
        if not why.tried:
            return
        if not why.rule:
            yield say("can.no_rule", name=name)
        for trial in why.tried:
            yield self._trial(name, trial)
        if why.needs_group:
            yield say("can.needs", name=name, group=why.needs_group)

    def _trial(self, name: str, trial: RuleWhy) -> str:
        rule = one_line(trial.rule, _LONGEST_NAME)
        if trial.unmet:
            unmet = [self.language.text(f"can.unmet_{each}") for each in trial.unmet]
            return self.language.text("can.not_met", name=name, rule=rule, names=unmet)
        return self.language.text(
            "can.allows" if trial.allow else "can.denies", name=name, rule=rule
        )


def _shown(why: RecipientWhy) -> str:
    return name_of(why.name) or why.number
