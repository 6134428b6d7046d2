"""Why a page or an alert went the way it went, in lines that can be read aloud.

The facts are `gateway.domain.explanations`'; what senders and people call things is foreign text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from gateway.domain.content import Content, Line, Paragraph, Span
from gateway.domain.deliveries import DeliveryState
from gateway.domain.explanations import (
    AlertWhy,
    DeliveryWhy,
    Explanation,
    IncidentWhy,
    ItemWhy,
    MatcherWhy,
    PageWhy,
    RequestWhy,
    RouteWhy,
)
from gateway.domain.incidents import Entry
from gateway.text.alerts import name_of, one_line
from gateway.text.language import Language
from gateway.text.lines import plain, strong
from gateway.text.notices import say

_LONGEST_TITLE = 150
_LONGEST_NAME = 60
_LONGEST_TEXT = 280
_MOST_HISTORY = 25
_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class WhyWords:
    """Tells explanations in one language."""

    language: Language

    def told(self, why: Explanation) -> Content:
        """Put an explanation into paragraphs: how it is, how it came there, what was sent."""
        (headline, *lines), *parts = self._parts(why)
        filled = tuple(Paragraph(tuple(part)) for part in parts if part)
        return Content(plain(headline), (Paragraph((strong(headline), *lines)), *filled))

    def _parts(self, why: Explanation) -> Iterator[list[Line]]:
        match why:
            case IncidentWhy():
                return self._incident(why)
            case PageWhy():
                return self._page(why)
            case RequestWhy():
                return self._request(why)

    # --- incidents -------------------------------------------------------------------------

    def _incident(self, why: IncidentWhy) -> Iterator[list[Line]]:
        say_line = self.language.line
        title = one_line(why.title, _LONGEST_TITLE) or why.ref
        yield [say_line("history.title", ref=why.ref, title=title), *self._history(why.history)]
        changed = [say_line("why.routes_changed")] if why.routes_changed else []
        yield [*changed, *self._routes(why.tried)]
        yield [*self._group(why), *self._held_back(why)]
        yield self._deliveries(why.deliveries)

    def _history(self, history: tuple[Entry, ...]) -> Iterator[Line]:
        """Tell the beginning and the latest; a very long middle is counted."""
        left_out = len(history) - _MOST_HISTORY
        if left_out <= 0:
            yield from map(self._entry, history)
            return
        yield self._entry(history[0])
        yield self.language.line("history.between", count=left_out)
        yield from map(self._entry, history[left_out + 1 :])

    def _entry(self, entry: Entry) -> Line:
        detail = one_line(entry.detail, _LONGEST_NAME)
        return self.language.line(
            f"history.{entry.deed}",
            at=entry.at,
            name=name_of(entry.who),
            detail=detail,
            until=detail,
            count=int(detail) if detail.isdecimal() else None,
        )

    def _group(self, why: IncidentWhy) -> Iterator[Line]:
        if why.group is None:
            return
        pairs = (f"{name}={value}" for name, value in why.group.labels.items())
        over = why.group.closed_at is not None
        yield self.language.line(
            "why.group_closed" if over else "why.group",
            text=one_line(", ".join(pairs), _LONGEST_TEXT),
            at=why.group.told_at,
            until=why.group.next_look_at,
        )

    def _held_back(self, why: IncidentWhy) -> Iterator[Line]:
        say_line = self.language.line
        for interval in why.intervals:
            kind = "mute" if interval.mutes else "active"
            yield say_line(
                f"why.{kind}_{'inside' if interval.inside else 'outside'}", name=interval.name
            )
        for silence in why.silences:
            author, comment = name_of(silence.author), one_line(silence.comment, _LONGEST_TEXT)
            yield say_line("why.silence", name=author, until=silence.until, comment=comment)
        lines = (line for alert in why.alerts for line in self._alert(alert, why))
        yield from self._first(lines)

    def _alert(self, alert: AlertWhy, why: IncidentWhy) -> Iterator[Line]:
        say_line = self.language.line
        title = one_line(alert.title or alert.key, _LONGEST_NAME)
        if alert.held:
            by, source = (one_line(t, _LONGEST_NAME) for t in (alert.held.by, alert.held.source))
            yield say_line("why.held", title=title, cause=alert.held.cause, detail=by, name=source)
        if alert.changes > 1:
            minutes = round(why.flapping.within_s / 60)
            key = "why.flapping" if alert.flapping else "why.changes"
            yield say_line(key, title=title, count=alert.changes, minutes=minutes)

    # --- routes ----------------------------------------------------------------------------

    def _routes(self, tried: tuple[RouteWhy, ...]) -> list[Line]:
        """Tell those that fit, and as many of the others as there is room for."""
        told = (route for route in tried if route.depth or route.taken)
        fitting_first = sorted(told, key=lambda route: not route.matched)
        return [*self._first(map(self._route, fitting_first))]

    def _route(self, tried: RouteWhy) -> Line:
        conditions = [self._condition(each) for each in tried.matchers]
        facts = {"route": one_line(tried.route, _LONGEST_NAME), "name": tried.receiver}
        text = one_line(", ".join(conditions), _LONGEST_TEXT)
        match tried:
            case RouteWhy(taken=True, depth=0):
                return self.language.line("why.root_taken", **facts)
            case RouteWhy(taken=True):
                return self.language.line("why.route_taken", text=text, **facts)
            case RouteWhy(matched=True):
                return self.language.line("why.route_matched", text=text, **facts)
        unmet = [self._condition(each) for each in tried.matchers if not each.matched]
        text = one_line(", ".join(unmet), _LONGEST_TEXT)
        return self.language.line("why.route_not", text=text, **facts)

    def _condition(self, tried: MatcherWhy) -> str:
        condition = f'{tried.label}{tried.operator}"{tried.value}"'
        if tried.matched:
            return condition
        key = "why.absent" if tried.had is None else "why.unmet"
        return self.language.text(key, text=condition, detail=f'"{tried.had}"')

    # --- pages -----------------------------------------------------------------------------

    def _page(self, why: PageWhy) -> Iterator[list[Line]]:
        say_line = self.language.line
        title = say_line("life.title", ref=why.ref, state=why.state)
        asked = say_line(
            "why.asked",
            at=why.created_at,
            author_name=why.author,
            sender=why.sender,
            recipients=list(why.to),
        )
        yield [title, asked]
        yield self._deliveries(why.deliveries)

    def _deliveries(self, deliveries: tuple[DeliveryWhy, ...]) -> list[Line]:
        return [*map(self._delivery, deliveries[-2 * _MOST_LINES :])]

    def _delivery(self, delivery: DeliveryWhy) -> Line:
        say_line = self.language.line
        sent = say_line(
            "why.delivery",
            at=delivery.started_at or delivery.created_at,
            kind=delivery.kind,
            names=[one_line(name, _LONGEST_NAME) for name in delivery.to],
            state=delivery.budget or delivery.state,
        )
        tried = say_line("life.attempts", count=delivery.attempts) if delivery.attempts > 1 else ()
        due = (
            say_line("life.due", at=delivery.due_at)
            if delivery.due_at and not delivery.budget
            else ()
        )
        return self.language.joined((sent, self._fault(delivery), tried, due))

    def _fault(self, delivery: DeliveryWhy) -> Line:
        """Say the reason why a delivery is not through."""
        if not delivery.error or delivery.state == DeliveryState.SENT:
            return ()
        return (Span(say(self.language, delivery.error, {}, ()).content().summary),)

    # --- requests of alert sources ---------------------------------------------------------

    def _request(self, why: RequestWhy) -> Iterator[list[Line]]:
        title = self.language.line("why.request", ref=why.ref, count=len(why.items))
        yield [title, *self._first(map(self._item, why.items))]
        if len(why.items) == 1:
            yield self._routes(why.items[0].tried)

    def _item(self, item: ItemWhy) -> Line:
        say_line = self.language.line
        title = one_line(item.title or item.key, _LONGEST_NAME)
        told = say_line(
            "why.item", ref=item.ref, at=item.at, title=title, cause=item.fate, reason=item.why
        )
        ways = (
            say_line("why.way", ref=way.incident, route=one_line(way.route, _LONGEST_NAME))
            for way in item.ways
        )
        return self.language.joined((told, *islice(ways, _MOST_LINES)))

    def _first(self, lines: Iterable[Line]) -> Iterator[Line]:
        known: Sequence[Line] = [line for line in lines if line]
        yield from known[:_MOST_LINES]
        if len(known) > _MOST_LINES:
            yield self.language.line("alert.and_more", count=len(known) - _MOST_LINES)
