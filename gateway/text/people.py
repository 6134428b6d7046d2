"""People and departments in words: cards, menu entries and the form."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.content import (
    Block,
    Button,
    Buttons,
    Content,
    Line,
    Option,
    PageForm,
    Paragraph,
    Small,
)
from gateway.domain.directory import Department, Directory, Extension, ExtensionKind
from gateway.domain.duty import Duty
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pager_text import PAGE_LIMIT, shorten
from gateway.text.language import Language
from gateway.text.lines import plain, strong
from gateway.text.notices import LONGEST_LABEL

_MOST_LISTED = 40


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """Draws entries of one directory in one language."""

    language: Language
    directory: Directory

    # --- cards -----------------------------------------------------------------------------

    def cards(self, numbers: tuple[str, ...]) -> Content:
        """Show who is behind these numbers, and whom a page to them reaches now."""
        cards = [self._card(ExtensionNumber(number)) for number in numbers[:_MOST_LISTED]]
        entries = (self.directory.extension(ExtensionNumber(number)) for number in numbers)
        buttons = tuple(self._page_button(e) for e in entries if e and e.reachable)[:5]
        blocks: list[Block] = [Paragraph(tuple(card)) for card in cards]
        if buttons:
            blocks.append(Buttons(buttons))
        return Content(plain(cards[0][0]) if cards else "", (*blocks, self._freshness()))

    def _card(self, number: ExtensionNumber) -> list[Line]:
        department = self.directory.department(number)
        extension = self.directory.extension(number)
        if extension is None:
            return [self.language.line("who.unknown", number=number)]
        lines = self._department(department) if department else self._person(extension)
        return [line for line in lines if line]

    def _department(self, department: Department) -> Iterator[Line]:
        say_line = self.language.line
        active = self.directory.active_members(department)
        inactive = self.directory.inactive_members(department)
        yield self._headline(department)
        yield say_line("who.reaches", names=[self._entry(e) for e in active])
        yield say_line("who.inactive", names=[self._entry(e) for e in inactive])
        managers = list(map(self.directory.name_of, department.managers))
        yield say_line("who.managers", managers=managers)

    def _headline(self, department: Department) -> Line:
        return self.language.line(
            "who.department",
            department=department.name,
            number=department.number,
            people=len(department.members),
        )

    def _person(self, extension: Extension) -> Iterator[Line]:
        say_line = self.language.line
        number, name = extension.number, extension.name
        if extension.kind is ExtensionKind.OTHER:
            yield say_line("who.other", name=name, number=number)
            return
        yield say_line("who.person", name=name, number=number, label=extension.label)
        if not extension.reachable:
            yield say_line("who.unavailable", number=number, status=extension.status.value)
        departments = [d.name for d in self.directory.departments_of(number)]
        yield say_line("who.member", names=list(departments))

    def _entry(self, extension: Extension) -> str:
        key = "who.entry" if extension.reachable else "who.entry_inactive"
        return self.language.text(
            key, name=extension.name, number=extension.number, status=extension.status.value
        )

    def _page_button(self, extension: Extension) -> Button:
        label = self.language.text("action.page_to", name=extension.name)
        return Button(Action.PAGE_TO, extension.number, shorten(label, LONGEST_LABEL))

    def on_call(self, duties: tuple[Duty, ...]) -> Content:
        """Tell who is on call by these schedules, and offer to page them."""
        lines = tuple(self._duty(duty) for duty in duties[:_MOST_LISTED])
        numbers = dict.fromkeys(number for duty in duties for number in duty.numbers)
        entries = (self.directory.extension(number) for number in numbers)
        buttons = tuple(self._page_button(e) for e in entries if e and e.reachable)[:5]
        offered = (Buttons(buttons),) if buttons else ()
        return Content(plain(lines[0]), (Paragraph(lines), *offered, self._freshness()))

    def _duty(self, duty: Duty) -> Line:
        return self.language.line(
            "oncall.who" if duty.who else "oncall.nobody",
            name=duty.schedule,
            names=list(duty.who),
            until=duty.until,
            following=list(duty.following),
        )

    def departments(self) -> Content:
        """List all departments with their size."""
        title = self.language.line("who.title")
        return Content(
            plain(title), (Paragraph((strong(title), *self._all_departments())), self._freshness())
        )

    def _all_departments(self) -> Iterator[Line]:
        departments = self.directory.snapshot.departments
        if not departments:
            yield self.language.line("who.empty")
        yield from self.headlines(departments)

    def headlines(self, departments: tuple[Department, ...]) -> Iterator[Line]:
        """List departments with their size; of very many, how many more there are."""
        yield from (self._headline(d) for d in departments[:_MOST_LISTED])
        if len(departments) > _MOST_LISTED:
            yield self.language.line("who.more", count=len(departments) - _MOST_LISTED)

    def _freshness(self) -> Small:
        taken_at = self.directory.snapshot.taken_at
        return Small(self.language.line("who.updated", updated_at=taken_at))

    # --- menus and the form ----------------------------------------------------------------

    def option(self, extension: Extension) -> str:
        """Describe an entry in a menu."""
        department = self.directory.department(extension.number)
        if department is None or not extension.reachable:
            return choice(self.language, extension)
        inactive = len(self.directory.inactive_members(department))
        text = self.language.text(
            "form.department_people",
            department=department.name,
            people=len(department.members),
            count=inactive or None,
        )
        return shorten(text, LONGEST_LABEL)


def choice(language: Language, extension: Extension) -> str:
    """Describe an entry on a button, without knowing its members."""
    facts = {
        "name": extension.name,
        "department": extension.name,
        "number": extension.number,
        "label": extension.label,
        "status": extension.status.value,
    }
    key = "form.department" if extension.kind is ExtensionKind.DEPARTMENT else "form.person"
    if not extension.reachable:
        key = "form.person_inactive"
    return shorten(language.text(key, **facts), LONGEST_LABEL)


def form(
    language: Language, own: ExtensionNumber | None, shared: ExtensionNumber | None
) -> PageForm:
    """Label the paging form; senders are offered only where there is a choice."""
    senders = (
        (
            Option(language.text("form.own", number=own), own),
            Option(language.text("form.shared", number=shared), shared),
        )
        if own and shared and own != shared
        else ()
    )
    return PageForm(
        title=language.text("form.title"),
        submit=language.text("form.submit"),
        close=language.text("form.close"),
        to_label=language.text("form.to"),
        to_placeholder=language.text("form.to_placeholder"),
        text_label=language.text("form.text"),
        text_hint=language.text("form.text_hint", limit=PAGE_LIMIT),
        send_as_label=language.text("form.send_as"),
        where_label=language.text("form.where"),
        senders=senders,
    )
