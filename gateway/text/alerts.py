"""An alert in the chat: its card, edited in place while it lives.

What senders call things is foreign text: cleaned, shortened, and never able to look like our own
lines. A card stays editable whatever its incident holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.actions import Action
from gateway.domain.content import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Confirm,
    Content,
    Line,
    Paragraph,
    Quote,
    Small,
    Span,
)
from gateway.domain.incidents import Deed, Incident, IncidentState
from gateway.domain.pager_text import clean, clean_name, shorten
from gateway.domain.pages import Page
from gateway.domain.routing.fates import StormSum
from gateway.text.language import Language
from gateway.text.lines import strong
from gateway.text.notices import LONGEST_LABEL

_LONGEST_TITLE = 150
_LONGEST_TEXT = 600
_LONGEST_LINE = 280
_LONGEST_NAME = 60
_LONGEST_QUESTION = 300
"""Characters in what a platform asks before a button acts."""
_MOST_READ = 2000
"""Characters of a sender's words that are looked at for one line; senders may be endless."""
_MOST_QUOTED = 10
_MOST_FURTHER = 5
SHOWN_MOST = _MOST_FURTHER + 1
"""Alerts that a card names."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Around:
    """What a card tells that its incident does not know: who was paged, and who is next.

    `channel_only` alerts page nobody; `unowned` ones came by default, because no route claimed
    them.
    """

    paged: tuple[str, ...] = ()
    channel_only: bool = False
    next_at: datetime | None = None
    next_names: tuple[str, ...] = ()
    unowned: bool = False


@dataclass(frozen=True, slots=True)
class AlertWords:
    """Draws incidents in one language."""

    language: Language

    # --- the card --------------------------------------------------------------------------

    def card(self, incident: Incident, around: Around) -> Content:
        """Draw an incident: what it is, how it stands, who knows, and what can be done."""
        return Content(
            self._headline(f"headline_{_ending(incident)}", incident),
            tuple(self._blocks(incident, around)),
        )

    def digest(self, page: Page, sums: tuple[StormSum, ...], pages: int) -> Content:
        """Draw many alerts that were told as one; the list is in the thread."""
        small = self.language.line(
            "alert.account",
            count=sum(each.ingested for each in sums),
            pages=self.language.text("alert.account_pages", count=pages),
            missing=sum(each.unaccounted for each in sums),
        )
        ref = self.language.line("status.ref", ref=page.ref)
        first = Paragraph((strong((Span(page.text),)),))
        return Content(page.text, (first, Small(self.language.joined((small, ref)))))

    def _blocks(self, incident: Incident, around: Around) -> Iterator[Block]:
        first = self._headline(f"{_ending(incident)}_headline", incident)
        yield Paragraph((strong((Span(first),)),))
        if text := _quoted(incident):
            yield Quote(text)
        yield Paragraph(tuple(line for line in self._facts(incident, around) if line))
        if further := tuple(self._further(incident)):
            yield Paragraph(further)
        if buttons := tuple(self._buttons(incident, around)):
            yield Buttons(buttons)
        yield Small(self._small(incident, around))

    def _headline(self, key: str, incident: Incident) -> str:
        return self.language.text(
            f"alert.{key}", severity=incident.severity.value, title=title_of(incident)
        )

    def _facts(self, incident: Incident, around: Around) -> Iterator[Line]:
        say_line = self.language.line
        yield self._state(incident)
        if silenced := incident.silenced:
            yield say_line(
                "alert.silenced_until",
                name=name_of(silenced.by),
                until=silenced.until,
                comment=one_line(silenced.comment, _LONGEST_LINE),
            )
        if around.channel_only:
            yield say_line("alert.channel_only")
        else:
            yield say_line("alert.paged", names=_names(around.paged))
        yield say_line("alert.started", at=incident.opened_at)
        if incident.state is IncidentState.OPEN and not incident.silenced:
            yield say_line("alert.next", names=_names(around.next_names), at=around.next_at)

    def _state(self, incident: Incident) -> Line:
        if incident.moved:
            to = one_line(incident.history[-1].detail, _LONGEST_NAME)
            return self.language.line("alert.moved_on", name=to)
        if incident.state is IncidentState.RESOLVED:
            who, minutes = resolver(incident), _open_for(incident)
            return self.language.line("alert.over", name=who, minutes=minutes)
        firing, ended = len(incident.firing), incident.resolved_alerts
        pieces = [self._standing(incident)]
        if firing > 1 and not _calls(incident):
            pieces.append(self.language.line("alert.still_firing", count=firing))
        if ended:
            pieces.append(self.language.line("alert.ended", count=ended))
        return self.language.joined(pieces)

    def _standing(self, incident: Incident) -> Line:
        """Say how an incident stands that is not over."""
        if incident.state is IncidentState.ACKNOWLEDGED:
            who, at = name_of(incident.acknowledged_by), incident.acknowledged_at
            return self.language.line("alert.acknowledged_by", name=who, at=at)
        if incident.snoozed_until:
            return self.language.line("alert.snoozed_until", until=incident.snoozed_until)
        return self.language.line("alert.firing", count=len(incident.firing) or None)

    def _further(self, incident: Incident) -> Iterator[Line]:
        """List what fires besides the one in the headline."""
        others = incident.firing[1:]
        if others and incident.state is not IncidentState.RESOLVED:
            yield self.language.line("alert.also")
            for firing in others[:_MOST_FURTHER]:
                yield self.language.line(
                    "alert.further",
                    severity=firing.severity.value,
                    title=one_line(firing.title, _LONGEST_NAME) or "…",
                )
            if len(others) > _MOST_FURTHER:
                yield self.language.line("alert.and_more", count=len(others) - _MOST_FURTHER)

    def _small(self, incident: Incident, around: Around) -> Line:
        say_line = self.language.line
        unowned = say_line("alert.unowned") if around.unowned else ()
        route = say_line("alert.route", route=one_line(incident.route, _LONGEST_NAME))
        ref = say_line("status.ref", ref=incident.ref)
        return self.language.joined((unowned, () if around.unowned else route, ref))

    # --- what can be done ------------------------------------------------------------------

    def _buttons(self, incident: Incident, around: Around) -> Iterator[Button]:
        match incident.state:
            case IncidentState.OPEN:
                yield self._button(Action.ACK, incident, ButtonStyle.PRIMARY)
                if around.next_names:
                    confirm = self._confirm(around.next_names)
                    yield self._button(Action.ESCALATE, incident, ButtonStyle.DANGER, confirm)
                if not incident.silenced:
                    yield self._button(Action.SNOOZE, incident)
                yield from self._silencing(incident)
            case IncidentState.ACKNOWLEDGED:
                yield self._button(Action.RESOLVE, incident)
                yield from self._silencing(incident)
            case IncidentState.RESOLVED:
                return

    def _silencing(self, incident: Incident) -> Iterator[Button]:
        """Offer quiet where something fires, and its end where people made it."""
        if incident.silenced and incident.silenced.id.startswith("sl_"):
            yield self._button(Action.END_SILENCE, incident)
        elif incident.firing and not incident.silenced:
            yield self._button(Action.SILENCE, incident)

    def _button(
        self,
        action: Action,
        incident: Incident,
        style: ButtonStyle = ButtonStyle.NORMAL,
        confirm: Confirm | None = None,
    ) -> Button:
        label = shorten(self.language.text(f"action.{action}"), LONGEST_LABEL)
        return Button(action, incident.ref, label, style, confirm)

    def _confirm(self, names: tuple[str, ...]) -> Confirm:
        say_text = self.language.text
        question = say_text("alert.escalate_text", names=_names(names))
        return Confirm(
            title=say_text("alert.escalate_title"),
            text=shorten(question, _LONGEST_QUESTION),
            yes=say_text("alert.escalate_yes"),
            no=say_text("alert.escalate_no"),
        )


# --- foreign text ------------------------------------------------------------------------------


def one_line(text: str, units: int) -> str:
    """Bring a sender's words to one line of at most `units` UTF-16 units; nothing in it hides."""
    beginning = " ".join(clean(text[:_MOST_READ]).split())
    return shorten(f"{beginning}…" if text[_MOST_READ:] else beginning, units)


def title_of(incident: Incident, units: int = _LONGEST_TITLE) -> str:
    """Name an incident; by its reference if its title shows nothing."""
    return one_line(incident.title, units) or incident.ref


def name_of(person: str) -> str:
    """Name a person; empty when there is none."""
    return clean_name(person[:_MOST_READ]) if person else ""


def _ending(incident: Incident) -> str:
    """Choose among headlines."""
    if incident.moved:
        return "moved"
    return "resolved" if incident.state is IncidentState.RESOLVED else "firing"


def _calls(incident: Incident) -> bool:
    """Tell whether it still asks for somebody."""
    return incident.state is IncidentState.OPEN and incident.snoozed_until is None


def resolver(incident: Incident) -> str:
    """Name who said that it is over; empty when it ended by itself."""
    ends = (e.who for e in reversed(incident.history) if e.deed is Deed.RESOLVED)
    return name_of(next(ends, ""))


def _quoted(incident: Incident) -> str:
    """Show what the sender says beyond the title, as its own words."""
    lines = [line.rstrip() for line in clean(incident.text).split("\n") if line.strip()]
    if lines[_MOST_QUOTED:]:
        lines = [*lines[:_MOST_QUOTED], "…"]
    text = shorten("\n".join(lines), _LONGEST_TEXT)
    return "" if text == title_of(incident) else text


def _names(names: tuple[str, ...]) -> list[str]:
    return [one_line(name, _LONGEST_NAME) for name in names]


def _open_for(incident: Incident) -> int | None:
    """Count the minutes it was open."""
    ended = incident.resolved_at
    return None if ended is None else max((ended - incident.opened_at) // _MINUTE, 0)
