"""All words of one language, as content for the chat."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from gateway.domain.content import Content, Option, PageForm, SilenceForm
from gateway.domain.deliveries import Delivery
from gateway.domain.directory import Directory, Extension
from gateway.domain.duty import Duty
from gateway.domain.explanations import Explanation, MayWhy
from gateway.domain.ids import ExtensionNumber
from gateway.domain.incidents import Incident
from gateway.domain.outbound import Notice
from gateway.domain.pages import Page, Person
from gateway.domain.routing.fates import StormSum
from gateway.text.alert_pages import AlertPages
from gateway.text.alerts import AlertWords, Around
from gateway.text.can import CanWords
from gateway.text.home import AtHome, HomeWords
from gateway.text.language import Fact, Facts, Language
from gateway.text.language_file import BASE, LanguageFile, languages
from gateway.text.notices import say
from gateway.text.pages import PageWords
from gateway.text.people import PeopleWords, choice, form
from gateway.text.programs import Explained, explained
from gateway.text.threads import ThreadWords
from gateway.text.why import WhyWords

_NOTHING: Mapping[str, Fact] = {}


@dataclass(frozen=True, slots=True)
class Words:
    """Puts facts into words. `others` speak further languages, by name, for who reads those."""

    language: Language
    others: Mapping[str, Language] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str = BASE, *, command: str = "/page", zone: tzinfo = UTC) -> "Words":
        """Read all languages once, to speak `name`, or English where there is none of that name.

        `command` is the name the slash command goes by. `zone` is for times in plain text; a chat
        shows them in the reader's own zone.
        """
        always = {"command": command}
        spoken = {each: Language(LanguageFile.load(each), zone, always) for each in languages()}
        return cls(spoken.get(name) or Language(LanguageFile.load(name), zone, always), spoken)

    def to(self, reader: Person | None) -> "Words":
        """Speak the language of who reads it: "de" to "de-DE". What is not spoken changes nothing.

        Only for what they alone read; what several people see is in one language.
        """
        name = reader.language.lower() if reader else ""
        spoken = self.others.get(name) or self.others.get(name.partition("-")[0])
        return Words(spoken, self.others) if spoken else self

    def sentence(self, key: str, /, **slots: Fact) -> str:
        """Say one phrase as plain text; "…" when it cannot be said."""
        return self.language.text(key, **slots) or "…"

    def content(self, notice: Notice) -> Content:
        """Put a notice into words; see `catalogue` for its keys."""
        facts: dict[str, Fact] = {**notice.facts}
        return say(self.language, notice.key, facts, notice.actions).content()

    def explained(self, code: str, facts: Facts = _NOTHING) -> Explained:
        """Tell a program what a code means and what to do about it."""
        return explained(self.language, code, facts)

    # --- pages -----------------------------------------------------------------------------

    def status(self, page: Page, directory: Directory, facts: Facts = _NOTHING) -> Content:
        """Draw the status message of a page.

        `facts` add to those of the fault it waits for: `position`, `at`, `until`.
        """
        return PageWords(self.language, directory).status(page, facts)

    def thread(self, status: Content, page: Page) -> Content:
        """Add to a status message what of its thread goes to the pager, and a menu to change it."""
        return ThreadWords(self.language).status(status, page)

    def pages(self, pages: tuple[Page, ...], directory: Directory) -> Content:
        """List somebody's last pages."""
        return PageWords(self.language, directory).listed(pages)

    def life(self, page: Page, deliveries: tuple[Delivery, ...], directory: Directory) -> Content:
        """Tell what happened to a page."""
        return PageWords(self.language, directory).life(page, deliveries)

    # --- alerts in the chat ----------------------------------------------------------------

    def incident(
        self,
        incident: Incident,
        *,
        paged: tuple[str, ...] = (),
        channel_only: bool = False,
        next_at: datetime | None = None,
        next_names: tuple[str, ...] = (),
        unowned: bool = False,
    ) -> Content:
        """Draw the card of an incident; it can be edited whatever the incident holds."""
        around = Around(paged, channel_only, next_at, next_names, unowned)
        return AlertWords(self.language).card(incident, around)

    def why(self, explanation: Explanation) -> Content:
        """Tell why a page or an alert went the way it went."""
        return WhyWords(self.language).told(explanation)

    def can(self, why: MayWhy) -> Iterator[str]:
        """Tell an operator whether somebody may page whom, line by line."""
        return CanWords(self.language).lines(why)

    # --- alerts on the pager: one line without the reference, at most 160 UTF-16 units ---------

    def incident_page(self, incident: Incident) -> str:
        """Call people to an incident."""
        return AlertPages(self.language).first(incident)

    def incident_grew(self, incident: Incident) -> str:
        """Tell that more alerts fire."""
        return AlertPages(self.language).grew(incident)

    def incident_flapping(self, incident: Incident) -> str:
        """Tell that it comes and goes, and that little will be heard until it settles."""
        return AlertPages(self.language).flapping(incident)

    def incident_stable(self, incident: Incident) -> str:
        """Tell that it has settled and fires."""
        return AlertPages(self.language).stable(incident)

    def incident_repeated(self, incident: Incident, *, at: datetime | None = None) -> str:
        """Tell again that it is open; `at` is now, or else the incident's last entry."""
        return AlertPages(self.language).repeated(incident, at)

    def incident_escalated(
        self, incident: Incident, names: tuple[str, ...], *, at: datetime | None = None
    ) -> str:
        """Call the next people, who are `names`; `at` as above."""
        return AlertPages(self.language).escalated(incident, names, at)

    def incident_over(self, incident: Incident) -> str:
        """Tell that it is over."""
        return AlertPages(self.language).over(incident)

    def incident_moved(self, incident: Incident, names: tuple[str, ...]) -> str:
        """Tell that its alerts go to others from now on."""
        return AlertPages(self.language).moved(incident, names)

    def digest_page(
        self, count: int, kind: str, minutes: int, names: tuple[tuple[str, int], ...]
    ) -> str:
        """Tell of many alerts at once; `names` are pairs of a name and how many have it.

        `kind` is a severity, or "over".
        """
        return AlertPages(self.language).digest(count, kind, minutes, names)

    def digest(self, page: Page, sums: tuple[StormSum, ...], pages: int) -> Content:
        """Draw what stands for a digest in the chat, with what came of all alerts of late."""
        return AlertWords(self.language).digest(page, sums, pages)

    # --- people and departments ------------------------------------------------------------

    def who(self, to: tuple[str, ...], directory: Directory) -> Content:
        """Show who is behind extension numbers."""
        return PeopleWords(self.language, directory).cards(to)

    def on_call(self, duties: tuple[Duty, ...], directory: Directory) -> Content:
        """Tell who is on call by these schedules; there is at least one."""
        return PeopleWords(self.language, directory).on_call(duties)

    def departments(self, directory: Directory) -> Content:
        """List all departments."""
        return PeopleWords(self.language, directory).departments()

    def choice(self, extension: Extension) -> str:
        """Label the button that chooses an entry: "Sam Smith · Facilities · 214"."""
        return choice(self.language, extension)

    def option(self, extension: Extension, directory: Directory) -> str:
        """Label a menu entry: "DBA · department, 4 people, 1 inactive"."""
        return PeopleWords(self.language, directory).option(extension)

    def form(
        self, *, own: ExtensionNumber | None = None, shared: ExtensionNumber | None = None
    ) -> PageForm:
        """Label the paging form; `own` and `shared` are the senders a person may choose from."""
        return form(self.language, own, shared)

    def silence_form(
        self, matchers: str, lasts: tuple[tuple[str, int], ...], *, context: str
    ) -> SilenceForm:
        """Label the form that silences; `lasts` are values with their minutes."""
        say = self.language.text
        return SilenceForm(
            title=say("silence_form.title"),
            submit=say("silence_form.submit"),
            close=say("silence_form.close"),
            what=say("silence_form.what", matchers=matchers),
            lasts_label=say("silence_form.lasts"),
            lasts=tuple(
                Option(say("silence_form.lasts_option", minutes=minutes), value)
                for value, minutes in lasts
            ),
            text_label=say("silence_form.text"),
            text_hint=say("silence_form.text_hint"),
            context=context,
        )

    def home(self, home: AtHome, directory: Directory) -> Content:
        """Draw the home tab of a person."""
        return HomeWords(self.language, directory).drawn(home)
