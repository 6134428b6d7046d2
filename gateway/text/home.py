"""The home tab of one person: what waits for them, what they did, and whom they can page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.content import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Content,
    Divider,
    Line,
    Paragraph,
    Small,
)
from gateway.domain.directory import Department, Directory, ExtensionKind
from gateway.domain.ids import ExtensionNumber
from gateway.domain.incidents import Incident
from gateway.domain.pages import Page
from gateway.text.alerts import title_of
from gateway.text.language import Language
from gateway.text.lines import plain, strong
from gateway.text.notices import say
from gateway.text.pages import PageWords
from gateway.text.people import PeopleWords

_MOST_WAITING = 10
_LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True)
class AtHome:
    """What a home tab shows.

    `link` is the button about their own extension. `waiting` are alerts that nobody took yet;
    `None` where no alerts are routed. `departments` are those they may page. Whoever is `barred`
    may ask nothing here, and is shown nothing else.
    """

    pages: tuple[Page, ...] = ()
    own: ExtensionNumber | None = None
    shared: ExtensionNumber | None = None
    link: Action | None = None
    waiting: tuple[Incident, ...] | None = None
    departments: tuple[Department, ...] = ()
    barred: bool = False


@dataclass(frozen=True, slots=True)
class HomeWords:
    """Draws home tabs in one language."""

    language: Language
    directory: Directory

    def drawn(self, home: AtHome) -> Content:
        """Draw the home tab."""
        title = self.language.line("home.title")
        if home.barred:
            why = self.language.line("home.barred")
            return Content(plain(title), (Paragraph((strong(title), why)),))
        top = Paragraph((strong(title), self._sender(home)))
        return Content(plain(title), (top, self._buttons(home), *self._sections(home)))

    def _sender(self, home: AtHome) -> Line:
        if home.own is None:
            return self.language.line("home.shared", number=home.shared)
        extension = self.directory.extension(home.own)
        name = extension.name if extension else ""
        return self.language.line("home.own", name=name, number=home.own)

    def _buttons(self, home: AtHome) -> Buttons:
        """Offer the form, in the colour of what matters most unless something waits."""
        style = ButtonStyle.NORMAL if home.waiting else ButtonStyle.PRIMARY
        page = Button(Action.OPEN_FORM, "", self.language.text("form.title"), style)
        if home.link is None:
            return Buttons((page,))
        return Buttons((page, Button(home.link, "", self.language.text(f"action.{home.link}"))))

    def _sections(self, home: AtHome) -> Iterator[Block]:
        if home.waiting is not None:
            yield from self._waiting(home.waiting)
        words = PageWords(self.language, self.directory)
        pages = (words.line(page) for page in home.pages)
        yield from self._section("pages", pages, self.language.line("home.no_pages"))
        departments = PeopleWords(self.language, self.directory).headlines(home.departments)
        nobody = self.language.line("home.no_departments")
        yield from self._section("departments", departments, nobody)
        yield from self._section("examples", say(self.language, "command.help", {}, ()).lines[2:])
        yield Divider()
        yield Small(self._footer())

    def _section(self, name: str, lines: Iterable[Line], otherwise: Line = ()) -> Iterator[Block]:
        shown = tuple(lines) or tuple(filter(None, (otherwise,)))
        yield Divider()
        yield Paragraph((strong(self.language.line(f"home.{name}")), *shown))

    # --- what waits ------------------------------------------------------------------------

    def _waiting(self, waiting: tuple[Incident, ...]) -> Iterator[Block]:
        """List alerts, each with a button; the first one's stands out."""
        nothing = () if waiting else (self.language.line("home.nothing_waits"),)
        yield from self._section("waiting", nothing)
        label = self.language.text(f"action.{Action.ACK}")
        for place, incident in enumerate(waiting[:_MOST_WAITING]):
            style = ButtonStyle.NORMAL if place else ButtonStyle.PRIMARY
            yield Paragraph((self._headline(incident),))
            yield Buttons((Button(Action.ACK, incident.ref, label, style),))
            yield Small(self.language.line("home.since", at=incident.opened_at, ref=incident.ref))
        if len(waiting) > _MOST_WAITING:
            more = self.language.line("alert.and_more", count=len(waiting) - _MOST_WAITING)
            yield Paragraph((more,))

    def _headline(self, incident: Incident) -> Line:
        title = title_of(incident, _LONGEST_TITLE)
        severity = incident.severity.value
        return self.language.line("alert.firing_headline", severity=severity, title=title)

    def _footer(self) -> Line:
        people = [e for e in self.directory.extensions if e.kind is ExtensionKind.PERSON]
        return self.language.line(
            "home.small",
            updated_at=self.directory.snapshot.taken_at,
            people=len(people),
            count=len(self.directory.snapshot.departments),
            language=self.language.file.settings["name"],
        )
