"""Several workspaces in one console: chosen in the address, never taken for each other."""

import re
from collections.abc import AsyncIterator

import pytest

from gateway.web.console.frame import HOME, Place
from gateway.web.console.sessions import Role, Visitor
from gateway.web.console.views import console_views
from tests.acceptance.alert_rules import RULES
from tests.services.acme import Acme, running_acme
from tests.services.test_letters import refused
from tests.web.console.trial import FIRST, Trial, Well, desk_of, running_console

NORTH, AWAY = f"{HOME}/workspaces/T0NORTH", f"{HOME}/workspaces/T0AWAY"
ACME = f"{HOME}/workspaces/{FIRST}"


@pytest.fixture
async def north() -> AsyncIterator[Acme]:
    """A company that has alert routes, which the first one has not."""
    async with running_acme(routes=RULES) as north:
        yield north


@pytest.fixture
async def both(acme: Acme, north: Acme) -> AsyncIterator[Trial]:
    """Acme's and Northwind's, and one that is not open."""
    open_ = Place("T0NORTH", "", console_views(desk_of(north)), Well(["it is slow"]))
    away = Place("T0AWAY", trouble="the key is another")
    async with running_console(acme, beside=(open_, away)) as console:
        yield console


async def test_every_page_leads_to_the_same_page_of_the_others(both: Trial) -> None:
    """The address says which workspace is shown, and the page whose it is."""
    async with both.browser(Role.VIEWER) as browser:
        for view in both.frame.views:
            seen = await browser.get(f"{NORTH}{view.path}")
            assert (seen.status, seen.path) == (200, f"{NORTH}{view.path}")
            assert "· T0NORTH · Pager gateway</title>" in seen.text
            for home in (ACME, NORTH, AWAY):
                assert f'href="{home}{view.path}"' in seen.text
            leads = set(re.findall(r'="(/console/[a-z-]+)', seen.text))
            assert leads == {f"{HOME}/{each}" for each in ("static", "workspaces", "sign-out")}


async def test_an_address_without_a_workspace_leads_to_the_first(both: Trial) -> None:
    """Links from before there were several stay good, with what they ask for."""
    async with both.browser(Role.VIEWER) as browser:
        assert (await browser.get()).path == ACME
        seen = await browser.get("/console/deliveries?who=102")
        assert (seen.path, 'value="102"' in seen.text) == (f"{ACME}/deliveries", True)


async def test_what_one_knows_the_other_does_not_show(both: Trial, acme: Acme, north: Acme) -> None:
    """Pages, dead letters and people of each are on its own pages only."""
    await refused(acme)
    mine = (await acme.last_page()).ref
    await north.page("102 Lift stuck")
    theirs = (await north.last_page()).ref
    async with both.browser(Role.VIEWER) as browser:
        assert mine in (await browser.get(f"{ACME}/deliveries")).words
        listed = (await browser.get(f"{NORTH}/deliveries")).words
        assert (theirs in listed, mine in listed) == (True, False)
        unknown = await browser.get(f"{NORTH}/deliveries/{mine}")
        assert (unknown.status, "Workspace T0NORTH knows no" in unknown.words) == (404, True)
        assert "1 dead letter" not in (await browser.get(NORTH)).words
        assert "No alerts are taken" not in (await browser.get(f"{NORTH}/alerts")).words


async def test_what_is_done_is_done_in_the_one_that_is_shown(
    both: Trial, acme: Acme, north: Acme
) -> None:
    """And stands in its own trail; the page afterwards is its own, too."""
    async with both.browser(Role.OPERATOR) as browser:
        await browser.get(f"{NORTH}/pause")
        done = await browser.post(f"{NORTH}/pause")
        assert (done.path, "Nothing more is sent" in done.words) == (NORTH, True)
        await acme.core.pausing.refresh()
        await north.core.pausing.refresh()
        assert (acme.core.pausing.now is None, north.core.pausing.now is None) == (True, False)
        form = {"matchers": "alertname=Lift", "comment": "known", "for": "1h"}
        silenced = await browser.post(f"{NORTH}/alerts/silences", None, **form)
        assert (silenced.path, "is in force" in silenced.words) == (f"{NORTH}/alerts", True)
    assert [each.act for each in await north.store.audit_newest(9)][-1] == "sending.paused"
    assert [each.act for each in await acme.store.audit_newest(9)] == ["console.signed_in"]


async def test_one_that_is_not_open_says_why(both: Trial) -> None:
    """Wherever somebody wants to go in it; nothing can be done there."""
    async with both.browser(Role.ADMIN) as browser:
        for path in ("", "/deliveries", "/deliveries/pg_NONE"):
            seen = await browser.get(f"{AWAY}{path}")
            assert (seen.status, seen.path) == (200, AWAY)
            assert "This workspace is not open: the key is another." in seen.words
        assert (await browser.post(f"{AWAY}/pause")).status == 409
        assert (await browser.get(f"{HOME}/workspaces/T0NOBODY")).status == 404


async def test_the_overview_tells_how_all_stand(both: Trial) -> None:
    """Whoever looks at one sees that another needs somebody."""
    async with both.browser(Role.VIEWER) as browser:
        seen = await browser.get(ACME)
    assert "All workspaces" in seen.words
    assert "T0NORTH degraded it is slow" in " ".join(seen.words.split())
    assert "T0AWAY not open the key is another" in " ".join(seen.words.split())


async def test_a_link_can_lead_to_one(both: Trial) -> None:
    """Signing in is the same for all; a name that nobody has leads to the first."""
    async with both.browser() as browser:
        for team, leads in (("T0NORTH", NORTH), ("T0NOBODY", ACME)):
            link = both.link(Visitor("ada", Role.VIEWER))
            assert (await browser.post(f"{link}?workspace={team}")).path == leads


async def test_who_is_signed_in_is_the_same_everywhere(both: Trial) -> None:
    """There is one door: an administrator signs others out in whichever workspace they are."""
    async with both.browser(Role.ADMIN) as ada, both.browser(Role.VIEWER, "bo") as bo:
        assert "bo" in (await ada.get(f"{NORTH}/accounts")).words
        (session,) = (s for s in both.frame.sessions.listed() if s.visitor.who == "bo")
        ended = await ada.post(f"{NORTH}/accounts/sessions/{session.handle}/end")
        assert "bo is signed out." in ended.words
        assert (await bo.get(NORTH)).path == f"{HOME}/sign-in"


async def test_of_one_workspace_nothing_is_said(console: Trial) -> None:
    """No chooser, no table of all, and no address with a workspace."""
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get()
        assert "orkspaces" not in seen.text
        assert (await browser.get(ACME)).status == 404
