"""The company: what the API shows of it, and the file it comes from."""

from pathlib import Path
from typing import Any

import pytest

from adapters.pager.embedded.directory import Directory
from adapters.pager.embedded.directory_file import (
    DirectoryFileError,
    parse_directory,
    read_directory,
)
from tests.adapters.pager_embedded.conftest import Office, OpenOffice

ACCOUNT = "/restapi/v1.0/account/~"
DEMO = Path(__file__).parents[3] / "config/demo/directory.yaml"


async def numbers(office: Office, query: Any) -> list[str]:
    dana = await office.phone("104")
    answer = await dana.get(f"{ACCOUNT}/extension", params=query)
    assert answer.status == 200, answer.body
    return [each["extensionNumber"] for each in answer.body["records"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([("status", "Frozen"), ("status", "Disabled")], ["103", "119"]),
        ([("type", "Department")], ["400", "401", "402", "405", "406"]),
        ([("type", "IvrMenu")], ["9001"]),
        ([("extensionNumber", "104")], ["104"]),
        ([("email", "Dana.Lee@example.com")], ["104"]),
        ([("extensionNumber", "777")], []),
    ],
)
async def test_extensions_are_listed_and_filtered(
    office: Office, query: Any, found: list[str]
) -> None:
    """By type, status, number and address."""
    assert await numbers(office, query) == found


async def test_extension_lists_have_pages(office: Office) -> None:
    """And `perPage=max`, which clients send."""
    assert await numbers(office, {"perPage": "2", "page": "2"}) == ["103", "104"]
    assert len(await numbers(office, {"perPage": "max"})) == 16


async def test_an_extension_shows_its_departments(office: Office) -> None:
    """As they are now; features on one's own only; the comment on who is disabled."""
    dana = await office.phone("104")
    own = (await dana.get(f"{ACCOUNT}/extension/~")).body
    assert [each["extensionNumber"] for each in own["departments"]] == ["400"]
    assert {each["featureName"] for each in own["serviceFeatures"]} == {"Pager", "PagerReceiving"}
    lee = (await dana.get(f"{ACCOUNT}/extension/{office.id_of('119')}")).body
    assert (lee["status"], lee["statusInfo"]["reason"]) == ("Disabled", "Voluntarily")
    assert "serviceFeatures" not in lee
    await office.remove("104", "400")
    assert (await dana.get(f"{ACCOUNT}/extension/~")).body["departments"] == []


async def test_call_queues_are_departments_with_string_ids(office: Office) -> None:
    """All, or those somebody belongs to; their members have integer ids and no names."""
    dana = await office.phone("104")
    queues = (await dana.get(f"{ACCOUNT}/call-queues")).body["records"]
    dba = str(office.id_of("400"))
    assert dba in [each["id"] for each in queues]
    mine = await dana.get(f"{ACCOUNT}/call-queues", params={"memberExtensionId": str(dana.id)})
    assert [each["name"] for each in mine.body["records"]] == ["DBA"]
    members = (await dana.get(f"{ACCOUNT}/call-queues/{dba}/members")).body["records"]
    assert [each["extensionNumber"] for each in members] == ["101", "102", "104", "119"]
    assert {tuple(sorted(each)) for each in members} == {("extensionNumber", "id", "uri")}
    old = (await dana.get(f"{ACCOUNT}/department/{dba}/members")).body["records"]
    assert [each["name"] for each in old][:2] == ["Avery Kim", "Bo Chen"]


async def test_a_frozen_department_is_listed_as_disabled(office: Office) -> None:
    """The call-queue schema knows no Frozen."""
    await office.set_status("400", "Frozen")
    dana = await office.phone("104")
    queues = (await dana.get(f"{ACCOUNT}/call-queues")).body["records"]
    assert [each["status"] for each in queues if each["extensionNumber"] == "400"] == ["Disabled"]
    assert (await dana.page("400")).code == "MSG-324"


@pytest.mark.parametrize(
    "path",
    [
        "extension/12",
        "extension/x",
        "extension/99999999999999999999999",
        "call-queues/12/members",
        "call-queues/~/members",
        "department/{101}/members",
    ],
)
async def test_what_is_not_there(office: Office, path: str) -> None:
    """404 CMN-102; a person is no department."""
    dana = await office.phone("104")
    missing = await dana.get(f"{ACCOUNT}/{path.replace('{101}', str(office.id_of('101')))}")
    assert (missing.status, missing.code) == (404, "CMN-102")


async def test_pre_flight_checks(open_office: OpenOffice) -> None:
    """Permissions and features can be asked before they are needed."""
    people = [
        {
            "number": "104",
            "name": "Dana Lee",
            "permissions": {"InternalSMS": False},
            "features": {"PagesSending": False},
        }
    ]
    dana = await (await open_office(directory={"people": people})).phone("104")
    check = "authz-profile/check"
    denied = await dana.get(check, params={"permissionId": "InternalSMS"})
    assert denied.body["successful"] is False
    granted = await dana.get(check, params={"permissionId": "ReadMessages"})
    assert granted.body["details"]["scopes"] == ["Self"]
    assert (await dana.get(check, params={"permissionId": "Fly"})).status == 400
    query = [("featureId", "PagesSending"), ("featureId", "PagesReceiving")]
    features = (await dana.get("features", params=query)).body["records"]
    assert [each["available"] for each in features] == [False, True]
    assert features[0]["reason"]["code"] == "ExtensionLimitation"


def departments(directory: Directory) -> dict[str, int]:
    return {each.name: len(each.members) for each in directory.departments}


def test_the_demo_company_is_as_the_stories_tell() -> None:
    """65 extensions; Casey frozen, Lee disabled; departments of the sizes people read about."""
    demo = read_directory(DEMO)
    assert len(demo.extensions) == 65
    assert departments(demo) == {
        "DBA": 4,
        "Front Desk": 3,
        "On-call leads": 3,
        "Facilities": 6,
        "Nursing": 42,
        "Night Watch": 0,
        "Support": 2,
    }
    assert demo.by_number["103"].status == "Frozen"
    assert demo.by_number["119"].status == "Disabled"
    assert demo.by_number["9001"].type == "IvrMenu"
    names = {number: demo.by_number[number].name for number in ("104", "118", "214", "231", "700")}
    assert names == {
        "104": "Dana Lee",
        "118": "José García",
        "214": "Sam Smith",
        "231": "Sam Smyth",
        "700": "Pager Gateway",
    }
    dba = demo.by_number["400"]
    assert demo.extensions[dba.manager or 0].name == "Priya Patel"
    assert [each.number for each in demo.active_members(dba)] == ["101", "102", "104"]


def test_the_starter_company_agrees_with_the_demos() -> None:
    """Whoever is in both is the same person, so stories hold with either."""
    demo, starter = read_directory(DEMO), read_directory(None)
    for each in starter.extensions.values():
        other = demo.by_number[each.number]
        assert (each.name, each.status, each.type) == (other.name, other.status, other.type)


def test_a_directory_may_be_json(tmp_path: Path) -> None:
    """JSON is YAML."""
    file = tmp_path / "company.json"
    file.write_text('{"account": {"id": 7}, "people": [{"number": 101, "name": "Avery Kim"}]}')
    directory = read_directory(file)
    assert (directory.account_id, list(directory.by_number)) == (7, ["101"])


PERSON = {"number": "101", "name": "Avery Kim"}
DBA = {"number": "400", "name": "DBA"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ([], "the file must be a mapping"),
        ({"persons": []}, "unknown key: persons"),
        ({"people": {}}, "people must be a list"),
        ({"people": [{"number": "1", "name": "x"}]}, r"people\[0\].number must be 2 to 8 digits"),
        ({"people": [{"number": "0101", "name": "x"}]}, "leading zero"),
        ({"people": [{"number": "101"}]}, "name must be"),
        ({"people": [{"number": "101", "name": "a\nb"}]}, "printable"),
        ({"people": [{**PERSON, "status": "Asleep"}]}, "status must be one of"),
        ({"people": [{**PERSON, "type": "Robot"}]}, "type must be one of"),
        ({"people": [{**PERSON, "permissions": {"Fly": True}}]}, "unknown key: Fly"),
        ({"people": [PERSON, PERSON]}, "101 is there twice"),
        ({"departments": [{**DBA, "members": ["101"]}]}, "not the number of a person: 101"),
        ({"people": [PERSON], "departments": [{**DBA, "manager": "400"}]}, "person: 400"),
        ({"apps": [{"name": "x"}]}, r"apps\[0\].client_id"),
    ],
)
def test_mistakes_in_the_file_are_named(content: Any, complaint: str) -> None:
    """The text says where and what."""
    with pytest.raises(DirectoryFileError, match=complaint):
        parse_directory(content)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    """With its name."""
    file = tmp_path / "broken.yaml"
    file.write_text("people: [")
    with pytest.raises(DirectoryFileError, match=r"broken\.yaml is not YAML"):
        read_directory(file)
