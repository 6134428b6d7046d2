"""Silencing from the chat: a button on the card, a form, and a button that ends it."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.actions import Action
from gateway.domain.audit import Actor
from gateway.domain.errors import ChatError
from gateway.domain.ids import Ref
from gateway.domain.inbound import ChatAction, SilenceSubmission
from gateway.domain.incidents import Incident
from gateway.domain.outbound import Notice
from gateway.domain.pages import Person
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import KeptSilence, SilenceProblem, matchers_in_common
from gateway.ports.chat import Chat
from gateway.ports.intake import FormProblems
from gateway.services.alerts.answers import NOWHERE, Answers
from gateway.services.alerts.silencing import Silencing, Wanted
from gateway.services.wishes import Told
from gateway.text.words import Words

SILENCE_ACTIONS = frozenset({Action.SILENCE, Action.END_SILENCE})
_HOURS = (1, 2, 4, 8, 24, 72)
_LONGEST_CONTEXT = 2500
"""Characters that travel through a form, which takes 3 000 at most."""


@dataclass(frozen=True)
class SilenceForms:
    """Opens and takes the form that silences."""

    chat: Chat
    answers: Answers
    silencing: Silencing
    words: Words

    async def press(self, action: ChatAction) -> Told:
        """Open the form for what fires now, or end the silence over it.

        Raises:
            StoreUnavailableError: nothing was recorded; the button still works.
        """
        channel = action.channel or NOWHERE
        found = await self.answers.asked_by(action.person, Ref(action.value), channel)
        if isinstance(found, Notice):
            return Told(found)
        if action.action == Action.END_SILENCE:
            return await self._end(found.incident, action.person)
        return await self._open(found.incident, action.person, action.trigger)

    async def _open(self, incident: Incident, who: Person, trigger: str) -> Told:
        firing = incident.grouping.firing if incident.grouping else ()
        matchers = ", ".join(map(str, matchers_in_common(alert.labels for alert in firing)))
        if not 0 < len(matchers) <= _LONGEST_CONTEXT:
            return Told(Notice("alert.not_alike", {"ref": incident.ref}))
        hours = tuple((str(each), each * 60) for each in _HOURS)
        context = f"{incident.ref}\n{matchers}"
        form = self.words.to(who).silence_form(matchers, hours, context=context)
        try:
            await self.chat.open_form(trigger, form)
        except ChatError:
            again = ((Action.SILENCE, incident.ref),)
            return Told(Notice("alert.form_late", {"ref": incident.ref}, again))
        return Told()

    async def submit(self, submission: SilenceSubmission) -> FormProblems | None:
        """Silence; what stands in the way is said under the field. The thread tells the rest.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        words = self.words.to(submission.person)
        ref, _, matchers = submission.context.partition("\n")
        found = await self.answers.asked_by(submission.person, Ref(ref), None)
        if isinstance(found, Notice):
            return FormProblems({"text": words.content(found).summary})
        hours = next((each for each in _HOURS if str(each) == submission.lasts), None)
        if hours is None:
            return FormProblems({"lasts": words.sentence("silence_form.lasts_missing")})
        wanted = Wanted(
            parse_matchers(matchers),
            submission.person.name,
            submission.text.strip(),
            timedelta(hours=hours),
        )
        kept = await self.silencing.add(wanted, submission.key, _actor(submission.person))
        if isinstance(kept, SilenceProblem):
            return FormProblems({"text": words.sentence(f"silence.{kept}")})
        return None

    async def _end(self, incident: Incident, who: Person) -> Told:
        id_ = incident.silenced.id if incident.silenced else ""
        ended = await self.silencing.expire(id_, who.name, _actor(who))
        if isinstance(ended, KeptSilence):
            return Told()
        return Told(Notice("alert.not_silenced", {"ref": incident.ref}))


def _actor(person: Person) -> Actor:
    return Actor.of_person(person.workspace, person.user)
