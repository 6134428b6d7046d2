"""DIRECTORY: names in settings and routes that reach nobody."""

from gateway.doctor import directory
from gateway.doctor.site import Site, Tools
from gateway.domain.directory import Directory, DirectorySnapshot
from gateway.settings import Places, load_settings
from gateway.system import SystemClock
from tests.doctor.office import ROUTES, Office


async def test_routes_that_page_nobody(office: Office) -> None:
    """With the place, and who may have been meant."""
    office.routes.write_text(ROUTES.replace("[DBA]", "[DBB]"), encoding="utf-8")
    found = await office.examined()
    found.failed("directory.route_unknown", 'nobody called "DBB"', "that exists")
    assert 'did you mean "DBA"' in found.one("directory.route_unknown").what


async def test_an_alias_that_reaches_nobody(office: Office) -> None:
    """Everybody it named has left."""
    office.tables["directory"]["aliases"] = {"leads": ["Robin Vale"]}
    found = await office.examined()
    found.failed("directory.alias_empty", "the alias leads reaches nobody", "directory.aliases")


async def test_an_alias_that_is_not_clear(office: Office) -> None:
    """Two people have the name."""
    office.tables["directory"]["aliases"] = {"desk": ["102", "Sam Smith"]}
    found = await office.examined()
    found.warned("directory.alias_unclear", "Sam Smith", "needs the number")


async def test_a_question_about_nobody(office: Office) -> None:
    """It would never be asked."""
    office.tables["policy"] = {"ask_before": ["DBA", "Nursery"]}
    found = await office.examined()
    found.failed("directory.ask_before_unknown", "Nursery", "policy.ask_before")


async def test_a_department_without_members(office: Office) -> None:
    """RingCentral refuses pages to it; those that nobody names are nobody's business."""
    office.tables["directory"]["aliases"] = {"night": ["Night Watch"]}
    found = await office.examined()
    found.failed("directory.department_empty", "Night Watch (405)", "Put somebody into it")
    assert "no members" in found.one("directory.department_empty").what


async def test_a_department_whose_members_are_all_out_of_use(office: Office) -> None:
    """A page to it would be taken, and heard by nobody."""
    office.routes.write_text(ROUTES.replace("[DBA]", "[Front Desk]"), encoding="utf-8")
    found = await office.examined()
    found.failed("directory.department_empty", "no active members", "Put somebody into it")


async def test_a_person_whose_extension_is_out_of_use(office: Office) -> None:
    """They could not send as themselves."""
    office.tables["[people]"] = {"chat_user": "U0CASEY", "extension": "103"}
    found = await office.examined()
    found.warned("directory.person_unknown", "103 of U0CASEY is frozen", "[[people]]")


async def test_without_ringcentral_the_same_is_found(office: Office) -> None:
    """In the file of the company that stands in for it."""
    office.tables["pager"] = {"backend": "embedded"}
    for name in ("pager__client_secret", "pager__jwt"):
        (office.folder / "secrets" / name).unlink()
    office.routes.write_text(ROUTES.replace("[DBA]", "[Night Watch]"), encoding="utf-8")
    found = await office.examined()
    found.failed("directory.department_empty", "Night Watch (405)", "Put somebody into it")


async def test_a_person_whom_our_own_pager_does_not_know(office: Office) -> None:
    """It would have to make their credential, so the start would be refused."""
    office.tables["pager"] = {"backend": "embedded"}
    office.tables["[people]"] = {"chat_user": "U0DANA", "extension": "99104"}
    for name in ("pager__client_secret", "pager__jwt"):
        (office.folder / "secrets" / name).unlink()
    found = await office.examined()
    found.failed("directory.person_unknown", "99104 of U0DANA does not exist", "[[people]]")


def test_a_company_that_shows_nobody(office: Office) -> None:
    """The sender may read the list, and sees nobody in it."""
    office.write()
    site = Site(Places(office.file), load_settings(office.file), Tools())
    nobody = Directory(DirectorySnapshot((), (), SystemClock().now()))
    (finding,) = directory.reading(site, nobody)
    assert (finding.code, finding.level.value) == ("directory.empty", "fail")
    assert "ReadExtensions" in finding.fix
