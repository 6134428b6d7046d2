"""Rate limits. Source: RingCentral, "Rate limits"."""

import pytest

from adapters.pager.embedded import Dialect, RateLimits, ServerClock
from tests.adapters.pager_embedded.conftest import OpenOffice

FEW = RateLimits(light=3, medium=2, auth=50)


async def test_the_defaults_are_those_of_a_new_app() -> None:
    """Light 50, Medium 40, Heavy 10, Auth 5 a minute; a penalty of a minute."""
    limits = RateLimits()
    assert (limits.light, limits.medium, limits.heavy, limits.auth) == (50, 40, 10, 5)
    assert (limits.window_s, limits.penalty_s) == (60, 60)


async def test_answers_tell_what_is_left(open_office: OpenOffice) -> None:
    """Group in lower case, limit, remaining, window; also on refusals."""
    office = await open_office(limits=FEW)
    dana = await office.phone("104")
    page = await dana.page("101")
    assert page.headers["X-Rate-Limit-Group"] == "medium"
    assert page.headers["X-Rate-Limit-Limit"] == "2"
    assert page.headers["X-Rate-Limit-Remaining"] == "1"
    assert page.headers["X-Rate-Limit-Window"] == "60"
    assert (await dana.page("103")).headers["X-Rate-Limit-Remaining"] == "0"
    assert (await dana.get("message-store")).headers["X-Rate-Limit-Group"] == "light"


async def test_groups_users_and_apps_are_counted_apart(open_office: OpenOffice) -> None:
    """One bucket for each of them."""
    office = await open_office(limits=FEW)
    dana, avery = await office.phone("104"), await office.phone("101")
    for _ in range(2):
        assert (await dana.page("101")).status == 200
    assert (await dana.page("101")).status == 429
    assert (await avery.page("104")).status == 200
    assert (await dana.get("message-store")).status == 200


async def test_the_window_slides(open_office: OpenOffice, clock: ServerClock) -> None:
    """A call counts for sixty seconds, not until a full minute."""
    office = await open_office(limits=FEW)
    dana = await office.phone("104")
    await dana.page("101")
    clock.advance(50)
    await dana.page("101")
    clock.advance(10)
    assert (await dana.page("101")).status == 200
    assert (await dana.page("101")).status == 429


async def test_every_call_during_the_penalty_restarts_it(
    open_office: OpenOffice, clock: ServerClock
) -> None:
    """Only silence ends it; nothing is stored meanwhile."""
    office = await open_office(limits=FEW)
    dana = await office.phone("104")
    for _ in range(2):
        await dana.page("101")
    for _ in range(3):
        refused = await dana.page("101")
        assert (refused.status, refused.code) == (429, "CMN-301")
        assert refused.headers["Retry-After"] == "60"
        clock.advance(59)
    clock.advance(1)
    assert (await dana.page("101")).status == 200
    assert len(await office.log()) == 3


async def test_retry_after_may_be_missing(open_office: OpenOffice) -> None:
    """As it sometimes is: a switch."""
    dialect = Dialect(retry_after_header=False)
    office = await open_office(limits=RateLimits(medium=0), dialect=dialect)
    refused = await (await office.phone("104")).page("101")
    assert refused.status == 429
    assert "Retry-After" not in refused.headers


async def test_limits_can_be_off(open_office: OpenOffice) -> None:
    """No headers, no end."""
    office = await open_office(limits=RateLimits.off())
    dana = await office.phone("104")
    answers = [await dana.page("101") for _ in range(60)]
    assert {each.status for each in answers} == {200}
    assert "X-Rate-Limit-Group" not in answers[0].headers


@pytest.mark.parametrize("permission", ["scope", "path"])
async def test_what_is_refused_before_the_rate_check_does_not_count(
    open_office: OpenOffice, permission: str
) -> None:
    """Token, scope and path come first."""
    office = await open_office(limits=FEW)
    wishes = {"scope": "ReadMessages"} if permission == "scope" else {}
    dana = await office.phone("104", **wishes)
    path = "company-pager"
    if permission == "path":
        path = f"/restapi/v1.0/account/~/extension/{office.id_of('101')}/company-pager"
    for _ in range(5):
        assert (await dana.call("POST", path, json={"text": "x"})).status == 403
