"""Who may do what: every deed of every page, for every role."""

import pytest

from gateway.web.console.frame import Way
from gateway.web.console.sessions import Role
from tests.services.acme import Acme
from tests.services.test_letters import refused
from tests.web.console.trial import Trial


def deeds(console: Trial) -> list[Way]:
    """List everything that acts, signing out excepted."""
    ways = [way for view in console.frame.views for way in view.ways]
    return [way for way in ways if way.method == "POST" and way.path != "/sign-out"]


def address(way: Way) -> str:
    """Fill in what a way leaves open."""
    filled = way.path.format(ref="pg_NONE", extension="999", handle="none", name="none", id="none")
    return f"/console{filled}"


async def test_whatever_acts_needs_more_than_looking(console: Trial) -> None:
    """No page may forget it."""
    assert len(deeds(console)) >= 7
    assert [way.path for way in deeds(console) if way.needs is Role.VIEWER] == []


@pytest.mark.parametrize("role", list(Role))
async def test_deeds_need_their_role(console: Trial, role: Role) -> None:
    """Who lacks the role is refused before anything is looked at, with words that say which."""
    async with console.browser(role) as browser:
        for way in deeds(console):
            await browser.get()
            seen = await browser.post(address(way))
            refused_for_role = f"This needs the role {way.needs.value}" in seen.words
            assert refused_for_role is not role.includes(way.needs), way.path
            if refused_for_role:
                assert seen.status == 403


async def test_questions_are_for_those_who_may_answer(console: Trial) -> None:
    """A question that leads to a deed needs what the deed needs."""
    ways = {(way.method, way.path): way for view in console.frame.views for way in view.ways}
    asked = [path for method, path in ways if method == "POST" and ("GET", path) in ways]
    assert len(asked) >= 5
    for path in asked:
        assert ways["GET", path].needs is ways["POST", path].needs, path


async def test_who_only_looks_changes_nothing(console: Trial, acme: Acme) -> None:
    """No deed, no record, and no button that would lead to one."""
    number = await refused(acme)
    async with console.browser(Role.VIEWER) as browser:
        before = await acme.store.audit_newest(99)
        page = await acme.last_page()
        for path in ("", "/dead-letters", f"/deliveries/{page.ref}", "/accounts"):
            seen = await browser.get(f"/console{path}")
            assert seen.status == 200
            assert "/retry" not in seen.text
            assert "/pause" not in seen.text
            assert "/revoke" not in seen.text
        for deed in ("retry", "discard"):
            await browser.post(f"/console/dead-letters/{deed}", ids=str(number), why="mistake")
        await browser.post("/console/pause")
        assert await acme.store.audit_newest(99) == before
        assert acme.core.pausing.now is None
