"""The pages of the console: what stands there, what it leads to, and what is never shown."""

import json
from dataclasses import replace

import pytest

from gateway.domain.audit import Actor
from gateway.domain.errors import PagerRejectedError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import PageState
from gateway.domain.people import PersonLink
from gateway.web.console.sessions import Role
from tests.services.acme import ACME, AVERY, BO, DANA, Acme
from tests.services.test_letters import held, refused
from tests.web.console.trial import Trial

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'&amp;{{7*7}}"


async def paused(acme: Acme) -> bool:
    """Whether sending is paused, as the database has it."""
    await acme.core.pausing.refresh()
    return acme.core.pausing.now is not None


async def test_the_overview_says_how_everything_stands(console: Trial, acme: Acme) -> None:
    """What was sent and refused, what waits, and the newest problem in its author's words."""
    await acme.page("102 Smoke")
    await refused(acme)
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get()
        assert "RingCentral answering" in seen.words
        assert "1 sent 1 refused" in seen.words
        assert "1 dead letter" in seen.words
        assert "RingCentral refused this page." in seen.words


async def test_sending_is_paused_and_resumed(console: Trial, acme: Acme) -> None:
    """After a question; the page says so afterwards, and the trail says who."""
    async with console.browser(Role.OPERATOR) as browser:
        asked = await browser.get("/console/pause")
        assert "Pause sending?" in asked.words
        assert not await paused(acme)
        done = await browser.post("/console/pause")
        assert "Nothing more is sent to the pager" in done.words
        assert await paused(acme)
        assert "Resume sending" in done.words
        assert "Sending goes on." in (await browser.post("/console/resume")).words
        assert not await paused(acme)
        assert "Sending goes on." not in (await browser.get()).words
    acts = [(each.act, each.who, each.origin) for each in await acme.store.audit_newest(2)]
    assert acts == [("sending.resumed", "ada", "console"), ("sending.paused", "ada", "console")]


# --- deliveries ----------------------------------------------------------------------------------


async def test_pages_are_found_by_state_and_by_whom_they_concern(
    console: Trial, acme: Acme
) -> None:
    """Filters are in the address, so a search can be passed on."""
    sent = await acme.page("102 Smoke")
    await acme.work()
    await refused(acme)
    no = await acme.last_page()
    async with console.browser(Role.VIEWER) as browser:
        every = await browser.get("/console/deliveries")
        assert sent.ref in every.text
        assert no.ref in every.text
        only = await browser.get("/console/deliveries?state=refused")
        assert no.ref in only.text
        assert sent.ref not in only.text
        assert sent.ref in (await browser.get("/console/deliveries?who=bo+ch")).text
        assert "No page is like that" in (await browser.get("/console/deliveries?who=zz")).words
        assert "No page is like that" in (await browser.get("/console/deliveries?origin=api")).words


async def test_a_reference_leads_to_its_page(console: Trial, acme: Acme) -> None:
    """However it is typed."""
    acme.ids.next_refs = ["pg_7K2M"]
    page = await acme.page("102 Fire")
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/deliveries?who=%20PG_7k2m.")
        assert seen.path == f"/console/deliveries/{page.ref}"
        assert (await browser.get("/console/deliveries/pg_NONE22")).status == 404


@pytest.mark.parametrize(
    "typed", ["' OR 1=1 --", '"; DROP TABLE pages', "%", "_", "\\", "\x00", "é" * 200, HOSTILE]
)
async def test_odd_searches_find_nothing_and_break_nothing(
    console: Trial, acme: Acme, typed: str
) -> None:
    """What is typed is looked for as it is, nothing else."""
    await acme.page("102 Fire")
    async with console.browser(Role.OPERATOR) as browser:
        for path, field in (
            ("deliveries", "who"),
            ("deliveries", "state"),
            ("deliveries", "before"),
            ("conversations", "who"),
            ("audit", "ref"),
            ("audit", "before"),
            ("dead-letters/retry", "reason"),
            ("dead-letters/retry", "ids"),
        ):
            seen = await browser.ask("GET", f"/console/{path}", params={field: typed})
            assert seen.status == 200, (path, field)
            assert "script" not in seen.tags or "<script>" not in seen.text
            assert "img" not in seen.tags
    assert len(await acme.store.pages(9)) == 1


async def test_the_list_goes_on(console: Trial, acme: Acme) -> None:
    """Fifty at a time, each page once."""
    for number in range(60):
        await acme.page(f"102 Fire {number}")
        acme.clock.move(1)
    refs = {page.ref for page in await acme.store.pages(99)}
    async with console.browser(Role.VIEWER) as browser:
        first = await browser.get("/console/deliveries")
        newest = {ref for ref in refs if f">{ref}<" in first.text}
        (older,) = [each for each in first.text.split('"') if "before=" in each]
        second = await browser.get(older.replace("&amp;", "&"))
        rest = {ref for ref in refs if f">{ref}<" in second.text}
    assert (len(newest), len(rest)) == (50, 10)
    assert newest | rest == refs


async def test_a_page_tells_its_life_and_what_its_author_was_told(
    console: Trial, acme: Acme
) -> None:
    """From being asked for to the refusal, with the code of the pager and the words."""
    await refused(acme)
    page = await acme.last_page()
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get(f"/console/deliveries/{page.ref}")
    life = seen.words
    assert life.index("Asked for by") < life.index("Page to Bo Chen queued")
    assert life.index("Page to Bo Chen queued") < life.index("attempt 1 refused")
    assert "pager.rejected" in life
    assert "What people were told" in life
    assert "Not sent. RingCentral refused this page." in life


async def test_a_waiting_page_is_cancelled(console: Trial, acme: Acme) -> None:
    """Through the same decision as in the chat: its author is told, the trail says who."""
    await acme.core.pausing.pause(Actor("bo", "control"))
    page = await acme.page("102 Fire")
    await acme.work()
    async with console.browser(Role.OPERATOR) as browser:
        asked = await browser.get(f"/console/deliveries/{page.ref}/cancel")
        assert "Its author is told" in asked.words
        await browser.post(f"/console/deliveries/{page.ref}/cancel")
    await acme.work()
    assert (await acme.seen(page.ref)).state is PageState.CANCELLED
    (record, *_) = await acme.store.audit_newest(1)
    assert (record.act, record.ref, record.who) == ("page.cancelled", page.ref, "ada")


async def test_a_page_that_left_is_not_cancelled(console: Trial, acme: Acme) -> None:
    """And it says so."""
    page = await acme.page("102 Fire")
    await acme.work()
    async with console.browser(Role.OPERATOR) as browser:
        await browser.get()
        seen = await browser.post(f"/console/deliveries/{page.ref}/cancel")
    assert "Too late" in seen.words
    assert (await acme.seen(page.ref)).state is PageState.SENT


# --- dead letters --------------------------------------------------------------------------------


async def test_sending_again_states_how_many_and_what_may_repeat(
    console: Trial, acme: Acme
) -> None:
    """Before anything is done."""
    lost = await held(acme)
    async with console.browser(Role.OPERATOR) as browser:
        listed = await browser.get("/console/dead-letters")
        assert "may be sent" in listed.words
        assert "Fire" in listed.words
        asked = await browser.get(f"/console/dead-letters/retry?ids={lost}")
        assert "Send 1 letter again?" in asked.words.replace("dead letter", "letter")
        assert "It may have been sent already" in asked.words
        done = await browser.post("/console/dead-letters/retry", ids=str(lost))
        assert "1 will be sent again." in done.words
    await acme.work()
    assert len(acme.sent("Fire")) == 1


async def test_all_with_one_reason_means_those_that_were_shown(console: Trial, acme: Acme) -> None:
    """What is refused between the question and the answer is not sent along."""
    await refused(acme)
    async with console.browser(Role.OPERATOR) as browser:
        asked = await browser.get("/console/dead-letters/retry?reason=pager.rejected")
        ids = asked.text.split('name="ids" value="')[1].split('"')[0]
        acme.pager.fail_next(PagerRejectedError())
        late = await acme.page("102 Flood")
        await acme.work()
        done = await browser.post("/console/dead-letters/retry", ids=ids)
        assert "1 will be sent again." in done.words
    await acme.work()
    assert (len(acme.sent("Fire")), acme.sent("Flood")) == (1, [])
    assert (await acme.seen(late.ref)).state is PageState.REFUSED


async def test_giving_up_needs_a_reason_which_goes_on_record(console: Trial, acme: Acme) -> None:
    """A code of ours, never somebody's words."""
    number = str(await refused(acme))
    async with console.browser(Role.OPERATOR) as browser:
        await browser.get(f"/console/dead-letters/discard?ids={number}")
        for why in ("", "because I say so"):
            seen = await browser.post("/console/dead-letters/discard", ids=number, why=why)
            assert seen.status == 400
        done = await browser.post("/console/dead-letters/discard", ids=number, why="out_of_date")
        assert "1 given up." in done.words
        again = await browser.post("/console/dead-letters/discard", ids=number, why="out_of_date")
        assert "1 were no dead letters any more." in again.words
    (record, *_) = await acme.store.audit_newest(1)
    assert record.act == "dead_letter.discarded"
    assert json.loads(record.facts)["why"] == "out_of_date"


# --- conversations, audit ------------------------------------------------------------------------


async def test_a_conversation_shows_who_is_in_it_and_who_gets_it(
    console: Trial, acme: Acme
) -> None:
    """The last words each way by time and name, never what they say."""
    page = await acme.page("102 Fire")
    await acme.work()
    acme.phone("102", "Secret words on the way back")
    await acme.read("104")
    await acme.reply(page, "Secret words on the way out")
    await acme.work()
    async with console.browser(Role.VIEWER) as browser:
        listed = await browser.get("/console/conversations")
        assert page.ref in listed.text
        assert "Bo Chen" in listed.words
        seen = await browser.get(f"/console/conversations/{page.ref}")
    assert "Bo Chen 102 recipient gets it" in seen.words
    assert "1 reply" in seen.words
    assert "Secret" not in listed.text + seen.text


async def test_the_trail_is_listed_verified_and_exported(console: Trial, acme: Acme) -> None:
    """One JSON record a line, as the command line has them, and the verdict about the chain."""
    await acme.page("102 Fire")
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/audit?verify=1")
        assert "The trail is whole: 2 records" in seen.words
        exported = await browser.get("/console/audit/export")
        assert exported.headers["Content-Disposition"] == 'attachment; filename="audit.jsonl"'
        assert exported.headers["Cache-Control"] == "no-store"
        lines = [json.loads(line) for line in exported.text.splitlines()]
    assert [(line["number"], line["act"]) for line in lines] == [
        (1, "page.accepted"),
        (2, "console.signed_in"),
    ]


async def test_an_incident_is_explained_where_a_page_would_be(console: Trial) -> None:
    """A reference of any kind can be looked up; one that nobody knows is said to be so."""
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/deliveries/al_7K2M")
    assert seen.status == 404
    assert "Nobody knows al_7K2M" in seen.words


# --- foreign words -------------------------------------------------------------------------------


async def test_hostile_words_stay_words(console: Trial, acme: Acme) -> None:
    """Names, texts and codes from outside are text nodes, on every page that shows them."""
    acme.chat.people[DANA] = replace(acme.person(DANA), name=HOSTILE)
    acme.pager.fail_next(PagerRejectedError())
    await acme.page(f"102 {HOSTILE}")
    await acme.work()
    page = await acme.page(f"102 {HOSTILE}", AVERY)
    await acme.work()
    refused_page = await acme.last_page()
    async with console.browser(Role.ADMIN, who=HOSTILE) as browser:
        number = (await acme.store.dead_letters(1))[0].id
        for path in (
            "",
            "/deliveries",
            f"/deliveries/{refused_page.ref}",
            "/dead-letters",
            f"/dead-letters/retry?ids={number}",
            "/conversations",
            f"/conversations/{page.ref}",
            "/accounts",
            "/audit",
        ):
            seen = await browser.get(f"/console{path}")
            assert seen.status == 200, path
            assert "img" not in seen.tags, path
            assert "<script>" not in seen.text, path
            assert "onerror=alert(1)" in seen.words, path
            assert "49" not in seen.words.split("{{")[0][-3:], path


async def test_what_pages_say_stands_only_where_operators_need_it(
    console: Trial, acme: Acme
) -> None:
    """Lists, lives and conversations do without; the log never has any of it."""
    page = await acme.page("102 Canary sings", BO)
    await acme.work()
    paths = ["", "/deliveries", f"/deliveries/{page.ref}", "/conversations", "/audit"]
    async with console.browser(Role.ADMIN) as browser:
        for path in paths:
            assert "Canary" not in (await browser.get(f"/console{path}")).text, path
    assert "Canary" not in repr(acme.ears)


# --- accounts ------------------------------------------------------------------------------------


async def test_accounts_tell_ages_and_never_values(console: Trial, acme: Acme) -> None:
    """Whose extension since when, how long events come and a credential is good; no token."""
    await link_bo(acme)
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/accounts")
    assert "102 Bo Chen Bo U0BO as themselves" in seen.words
    assert "f4df in 24 h in 31 days" in seen.words
    assert "credential-1" not in seen.text


async def test_an_administrator_ends_a_link_after_a_question(console: Trial, acme: Acme) -> None:
    """As `gateway links revoke` does: signed out, told, on record."""
    await link_bo(acme)
    async with console.browser(Role.ADMIN) as browser:
        asked = await browser.get("/console/accounts/links/102/revoke")
        assert "Revoke the link of Bo?" in asked.words
        done = await browser.post("/console/accounts/links/102/revoke")
        assert "Extension 102 is no longer linked to Bo; they are told." in done.words
        again = await browser.post("/console/accounts/links/102/revoke")
        assert again.status == 404
    assert acme.accounts.sessions == {}
    (record, *_) = await acme.store.audit_newest(1)
    assert (record.act, record.ref, record.who) == ("person.unlinked", "102", "ada")


async def link_bo(acme: Acme) -> None:
    bo = ExtensionNumber("102")
    acme.accounts.sessions["credential-1"] = bo
    link = PersonLink(ACME, BO, "Bo", bo, "Bo Chen", acme.clock.now(), "credential-1")
    await acme.core.linking.links.make(link)
