"""The guide's rules about sending. Source: RingCentral, "Sending Pager Messages"."""

import pytest

from adapters.pager.embedded import Dialect
from tests.adapters.pager_embedded.conftest import Office, OpenOffice


async def test_a_page_reaches_every_recipient_with_an_id_of_its_own(office: Office) -> None:
    """Several recipients, each with a copy under another message id; nobody else has one."""
    dana, avery, bo, priya = [await office.phone(each) for each in ("104", "101", "102", "110")]
    answer = await dana.page("101", "102")
    assert answer.status == 200
    copies = [answer.body, await avery.newest(), await bo.newest()]
    assert len({each["id"] for each in copies}) == 3
    assert [each["direction"] for each in copies] == ["Outbound", "Inbound", "Inbound"]
    assert await priya.messages() == []


async def test_ids_outgrow_what_careless_clients_can_hold(office: Office) -> None:
    """Message ids pass 2^31, conversation ids 2^53, and each mailbox names the conversation."""
    dana, avery = await office.phone("104"), await office.phone("101")
    sent = (await dana.page("101")).body
    received = await avery.newest()
    assert sent["id"] > 2**31
    assert sent["conversationId"] > 2**53
    assert sent["conversation"]["id"] == str(sent["conversationId"])
    assert received["conversation"]["id"] != sent["conversation"]["id"]


async def test_a_conversation_may_have_one_id_everywhere(open_office: OpenOffice) -> None:
    """Whether mailboxes share the id is undocumented, so it is a switch."""
    office = await open_office(dialect=Dialect(one_conversation_id=True))
    dana, avery = await office.phone("104"), await office.phone("101")
    sent = (await dana.page("101")).body
    assert (await avery.newest())["conversationId"] == sent["conversationId"]


async def test_a_page_to_a_department_reaches_its_active_members(office: Office) -> None:
    """Rules 1 and 4: like a mailing list; inactive members are skipped without an error."""
    answer = await (await office.phone("110")).page("400")
    assert answer.status == 200
    assert answer.body["pgToDepartment"] is True
    (page,) = await office.log()
    assert sorted(page["recipients"]) == ["101", "102", "104"]  # Lee Park is disabled


async def test_a_page_to_people_is_not_marked_as_one_to_a_department(office: Office) -> None:
    """`pgToDepartment` is true only if a recipient is a department."""
    answer = await (await office.phone("110")).page("101")
    assert answer.body["pgToDepartment"] is False


@pytest.mark.parametrize("inactive", ["103", "119"], ids=["frozen", "disabled"])
@pytest.mark.parametrize("others", [(), ("101", "102"), ("400",)], ids=["alone", "list", "dept"])
async def test_an_inactive_recipient_refuses_the_whole_page(
    office: Office, inactive: str, others: tuple[str, ...]
) -> None:
    """Rule 3: Disabled or Frozen in `to`, alone or in a list, is 400 and nobody receives."""
    answer = await (await office.phone("104")).page(*others, inactive)
    assert (answer.status, answer.code) == (400, "MSG-324")
    assert await office.log() == []


@pytest.mark.parametrize("status", ["Disabled", "Frozen"])
async def test_the_state_is_judged_when_the_page_is_sent(office: Office, status: str) -> None:
    """Who is switched off refuses the next page, and who comes back receives again."""
    dana = await office.phone("104")
    await office.set_status("101", status)
    assert (await dana.page("101")).code == "MSG-324"
    await office.set_status("101", "Enabled")
    assert (await dana.page("101")).status == 200


async def test_an_empty_department_refuses_the_page(office: Office) -> None:
    """Nobody there at all, or nobody active: 400 MSG-316."""
    dana = await office.phone("104")
    assert (await dana.page("405")).code == "MSG-316"
    for number in ("101", "118"):
        await office.set_status(number, "Disabled")
    refused = await dana.page("401")
    assert (refused.status, refused.code) == (400, "MSG-316")


@pytest.mark.parametrize("number", ["400", "401"])
async def test_a_department_cannot_send(office: Office, number: str) -> None:
    """Rule 2: its own token is refused with 403 and its manager hears of the attempt."""
    department = await office.phone(number)
    answer = await department.page("101")
    assert (answer.status, answer.code) == (403, "MSG-330")
    manager = await office.phone({"400": "110", "401": "118"}[number])
    notice = await manager.newest()
    assert "in the name of" in notice["subject"]
    assert notice["from"] == {"name": "Company Pager"}
    assert await (await office.phone("101")).messages() == []


async def test_a_manager_cannot_send_as_the_department(office: Office) -> None:
    """Rule 2 holds for its manager too, who is told."""
    priya = await office.phone("110")
    answer = await priya.page("101", sender={"extensionNumber": "400"})
    assert (answer.status, answer.code) == (403, "MSG-330")
    assert "DBA (400)" in (await priya.newest())["subject"]


async def test_a_department_in_from_may_be_just_a_wrong_sender(open_office: OpenOffice) -> None:
    """Whether the department's refusal or the sender's comes first is undocumented: a switch."""
    office = await open_office(dialect=Dialect(department_in_from="MSG-331"))
    priya = await office.phone("110")
    answer = await priya.page("101", sender={"extensionNumber": "400"})
    assert (answer.status, answer.code) == (400, "MSG-331")
    assert await priya.messages() == []


async def test_only_ones_own_extension_may_be_the_sender(office: Office) -> None:
    """`from` is checked against the token: number MSG-331, id MSG-332, unknown id CMN-102."""
    dana = await office.phone("104")
    for sender, code in [
        ({"extensionNumber": "101"}, "MSG-331"),
        ({"extensionId": str(office.id_of("101"))}, "MSG-332"),
        ({"extensionId": "77"}, "CMN-102"),
        ({}, "CMN-101"),
        ("101", "CMN-101"),
    ]:
        answer = await dana.page("102", sender=sender)
        assert (answer.status, answer.code) == (400, code)
    own = {"extensionNumber": "104", "extensionId": str(dana.id)}
    assert (await dana.page("102", sender=own)).status == 200


async def test_recipients_are_named_by_number_or_id_and_must_agree(office: Office) -> None:
    """Both kinds mix; a disagreeing pair is MSG-335, an unknown one CMN-102, a menu MSG-314."""
    dana = await office.phone("104")
    bo = str(office.id_of("102"))
    mixed = [{"extensionNumber": "101"}, {"extensionId": bo}]
    assert (await dana.page(to=mixed)).status == 200
    for recipient, status, code in [
        ({"extensionNumber": "101", "extensionId": bo}, 400, "MSG-335"),
        ({"extensionNumber": "777"}, 400, "CMN-102"),
        ({"extensionId": "1"}, 400, "CMN-102"),
        ({"phoneNumber": "+15551234"}, 400, "CMN-101"),
        ({"extensionNumber": 101}, 400, "CMN-101"),
        ({"extensionNumber": "9001"}, 403, "MSG-314"),
    ]:
        answer = await dana.page(to=[{"extensionNumber": "110"}, recipient])
        assert (answer.status, answer.code) == (status, code), recipient
    assert len(await office.log()) == 1


async def test_a_recipient_named_twice_receives_once(office: Office) -> None:
    """By number, by id and through a department is still one copy."""
    priya = await office.phone("110")
    avery = str(office.id_of("101"))
    twice = [{"extensionNumber": "101"}, {"extensionId": avery}, {"extensionNumber": "400"}]
    await priya.page(to=twice)
    (page,) = await office.log()
    assert sorted(page["recipients"]) == ["101", "102", "104"]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [("x" * 1024, True), ("x" * 1025, False), ("🔥" * 512, True), ("🔥" * 512 + "x", False)],
    ids=["1024", "1025", "512 emoji", "512 emoji and one"],
)
async def test_the_limit_is_1024_utf16_units(office: Office, text: str, *, accepted: bool) -> None:
    """A character outside the BMP counts two; beyond 1024 units the page is refused."""
    answer = await (await office.phone("104")).page("101", text=text)
    assert (answer.status == 200) is accepted
    if not accepted:
        assert answer.code == "MSG-338"


async def test_paging_oneself_makes_two_copies(office: Office) -> None:
    """One outbound, one inbound, two ids."""
    dana = await office.phone("104")
    await dana.page("104")
    copies = await dana.messages()
    assert sorted(each["direction"] for each in copies) == ["Inbound", "Outbound"]


async def test_a_member_who_pages_the_department_gets_no_second_copy(office: Office) -> None:
    """The author's copy is the outbound one."""
    avery = await office.phone("101")
    await avery.page("400")
    assert [each["direction"] for each in await avery.messages()] == ["Outbound"]


@pytest.mark.parametrize("listed", [True, False])
async def test_the_answer_may_list_the_sender_among_the_recipients(
    open_office: OpenOffice, *, listed: bool
) -> None:
    """The guide's sample does, newer recorded answers do not: a switch."""
    office = await open_office(dialect=Dialect(sender_in_to=listed))
    answer = await (await office.phone("104")).page("101")
    numbers = [each["extensionNumber"] for each in answer.body["to"]]
    assert numbers == (["101", "104"] if listed else ["101"])


async def test_checks_come_in_a_fixed_order(office: Office) -> None:
    """Text before `from` before `replyOn` before `to`."""
    dana = await office.phone("104")
    someone, nobody = {"extensionNumber": "101"}, [{"extensionNumber": "777"}]
    answer = await dana.page(text="", sender=someone, replyOn=1, to=nobody)
    assert answer.body["parameterName"] == "text"
    assert (await dana.page(sender=someone, replyOn=1, to=nobody)).code == "MSG-331"
    assert (await dana.page(replyOn=1, to=nobody)).body["parameterName"] == "replyOn"
    assert (await dana.page(to=nobody)).body["parameterName"] == "to"


async def test_undocumented_refusals_can_be_changed(open_office: OpenOffice) -> None:
    """Codes that the guide does not give are the dialect's, and so is the number of recipients."""
    dialect = Dialect(
        empty_text="CMN-102",
        no_recipient="MSG-316",
        text_too_long="CMN-101",
        unknown_reply_on="CMN-101",
        empty_department="CMN-102",
        max_recipients=1,
        word_for_msg_codes="InvalidParameter",
    )
    dana = await (await open_office(dialect=dialect)).phone("104")
    assert (await dana.page("101", text="")).code == "CMN-102"
    assert (await dana.page()).code == "MSG-316"
    assert (await dana.page("101", text="x" * 1025)).code == "CMN-101"
    assert (await dana.page(replyOn=5)).code == "CMN-101"
    assert (await dana.page("405")).code == "CMN-102"
    assert (await dana.page("101", "102")).code == "CMN-101"
    refused = await dana.page("103")
    assert (refused.code, refused.body["errorCode"]) == ("MSG-324", "InvalidParameter")


async def test_permission_scope_and_feature_are_demanded(open_office: OpenOffice) -> None:
    """CMN-401 names the app's missing scope, CMN-408 the user's permission, CMN-109 the feature."""
    people = [
        {"number": "101", "name": "Avery Kim", "permissions": {"InternalSMS": False}},
        {"number": "102", "name": "Bo Chen", "features": {"PagesSending": False}},
        {"number": "104", "name": "Dana Lee"},
    ]
    office = await open_office(directory={"people": people})
    for number, code in (("101", "CMN-408"), ("102", "CMN-109")):
        refused = await (await office.phone(number)).page("104")
        assert (refused.status, refused.code) == (403, code)
    dana = await office.phone("104", scope="ReadMessages")
    refused = await dana.page("101")
    assert (refused.status, refused.code) == (403, "CMN-401")
    assert refused.body["errorCode"] == "InsufficientPermissions"
    assert refused.body["permissionName"] == "InternalMessages"


async def test_nobody_acts_for_another_extension(office: Office) -> None:
    """Another's mailbox is 403 CMN-419, an unknown one 404 CMN-102."""
    dana = await office.phone("104")
    base = "/restapi/v1.0/account/~/extension"
    other = await dana.call("POST", f"{base}/{office.id_of('101')}/company-pager", json={})
    assert (other.status, other.code) == (403, "CMN-419")
    unknown = await dana.get(f"{base}/12/message-store")
    assert (unknown.status, unknown.code) == (404, "CMN-102")
    elsewhere = await dana.get("/restapi/v1.0/account/12/extension/~/message-store")
    assert (elsewhere.status, elsewhere.body["parameterName"]) == (404, "accountId")
