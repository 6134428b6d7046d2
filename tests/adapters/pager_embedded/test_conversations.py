"""The guide's rules about replies: membership is judged when somebody writes or reads."""

import pytest

from adapters.pager.embedded import Dialect, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice

DAY_S = 86_400


async def test_a_reply_reaches_everybody_else_in_the_conversation(office: Office) -> None:
    """`replyOn` alone addresses the author and the other recipients, in the same conversation."""
    dana, avery, bo = [await office.phone(each) for each in ("104", "101", "102")]
    first = (await dana.page("101", "102")).body
    answer = await avery.reply(await avery.newest())
    assert answer.status == 200
    assert await dana.texts() == ["Disk full on db-3", "on it"]
    assert await bo.texts() == ["Disk full on db-3", "on it"]
    assert (await dana.newest())["conversationId"] == first["conversationId"]


async def test_a_removed_member_can_neither_write_nor_read_until_added_back(
    office: Office,
) -> None:
    """Rules 6 and 7: removed from the department: 403 MSG-326, old messages hidden, no new ones."""
    priya, avery = await office.phone("110"), await office.phone("101")
    await priya.page("400", text="Disk full")
    received = await avery.newest()
    await office.remove("101", "400")

    refused = await avery.reply(received)
    assert (refused.status, refused.code) == (403, "MSG-326")
    assert await avery.messages() == []
    assert (await avery.get(f"message-store/{received['id']}")).status == 404
    await priya.page(text="Solved?", replyOn=(await priya.newest())["id"])
    await office.add("101", "400")

    assert await avery.texts() == ["Disk full"]  # "Solved?" came while Avery was away
    assert (await avery.reply(received)).status == 200


async def test_a_member_added_later_joins_from_the_next_message(office: Office) -> None:
    """A department is whoever belongs to it now: a newcomer gets what is written from then on."""
    priya, sam = await office.phone("110"), await office.phone("214")
    first = (await priya.page("400", text="Disk full")).body
    await office.add("214", "400")
    await priya.reply(first, text="Solved?")
    assert await sam.texts() == ["Solved?"]
    assert (await sam.reply(await sam.newest())).status == 200


async def test_an_explicit_recipient_stays_when_the_department_lets_go(office: Office) -> None:
    """Who is in `to` by number holds a place of their own."""
    priya, avery = await office.phone("110"), await office.phone("101")
    await priya.page("400", "101")
    await office.remove("101", "400")
    assert (await avery.reply(await avery.newest())).status == 200


async def test_an_author_who_belonged_to_the_department_loses_the_place_with_it(
    office: Office,
) -> None:
    """An author inside the addressed department takes part through it."""
    avery = await office.phone("101")
    page = (await avery.page("400")).body
    await office.remove("101", "400")
    assert (await avery.reply(page)).code == "MSG-326"
    assert await avery.messages() == []
    await office.add("101", "400")
    assert (await avery.reply(page)).status == 200


async def test_an_author_who_never_belonged_is_a_participant(office: Office) -> None:
    """An author outside the department keeps his place, whatever happens to it."""
    priya, bo = await office.phone("110"), await office.phone("102")
    page = (await priya.page("400")).body
    await office.add("110", "400")
    await office.remove("110", "400")
    assert (await priya.reply(page)).status == 200
    assert (await bo.reply(await bo.newest())).status == 200
    assert (await priya.newest())["direction"] == "Inbound"


async def test_an_author_named_in_to_keeps_the_place(office: Office) -> None:
    """Belonging to the department does not matter for an author who is in `to` by number."""
    avery = await office.phone("101")
    page = (await avery.page("400", "101")).body
    await office.remove("101", "400")
    assert (await avery.reply(page)).status == 200


async def test_one_cannot_reply_on_somebody_elses_copy(open_office: OpenOffice) -> None:
    """`replyOn` is an id of one's own mailbox; any participant's copy is a switch."""
    for own_only, status in ((True, 400), (False, 200)):
        office = await open_office(dialect=Dialect(reply_on_own_copy_only=own_only))
        dana, avery = await office.phone("104"), await office.phone("101")
        page = (await dana.page("101")).body
        answer = await avery.reply(page)
        assert answer.status == status
        if own_only:
            assert (answer.code, answer.body["parameterName"]) == ("CMN-102", "replyOn")


async def test_new_people_in_to_are_not_added_by_a_reply(office: Office) -> None:
    """`to` beside `replyOn` is checked, but the conversation stays as it was."""
    dana, avery, bo = [await office.phone(each) for each in ("104", "101", "102")]
    await dana.page("101")
    received = await avery.newest()
    both = [{"extensionNumber": "104"}, {"extensionNumber": "102"}]
    answer = await avery.reply(received, to=both)
    assert answer.status == 200
    assert await bo.messages() == []
    assert await dana.texts() == ["Disk full on db-3", "on it"]
    unknown = await avery.reply(received, to=[{"extensionNumber": "777"}])
    assert (unknown.status, unknown.code) == (400, "CMN-102")


async def test_a_reply_may_add_people_if_the_dialect_says_so(open_office: OpenOffice) -> None:
    """With the switch on, a newly named person receives and can answer."""
    office = await open_office(dialect=Dialect(reply_adds_people=True))
    dana, bo = await office.phone("104"), await office.phone("102")
    page = (await dana.page("101")).body
    await dana.reply(page, to=[{"extensionNumber": "102"}])
    assert (await bo.reply(await bo.newest())).status == 200


async def test_an_implied_recipient_who_was_frozen_refuses_the_reply(office: Office) -> None:
    """Without `to` the whole list is meant, so MSG-324; naming the others leaves him out."""
    dana = await office.phone("104")
    page = (await dana.page("101", "102")).body
    await office.set_status("102", "Frozen")
    assert (await dana.reply(page)).code == "MSG-324"
    answer = await dana.reply(page, to=[{"extensionNumber": "101"}])
    assert answer.status == 200
    assert (await office.log())[-1]["recipients"] == ["101"]


async def test_an_old_conversation_is_closed(office: Office, clock: ServerClock) -> None:
    """30 days after its last message a conversation takes no reply: 403 MSG-325."""
    dana, avery = await office.phone("104"), await office.phone("101")
    page = (await dana.page("101")).body
    clock.advance(29 * DAY_S)
    dana, avery = await office.phone("104"), await office.phone("101")
    assert (await dana.reply(page)).status == 200
    clock.advance(31 * DAY_S)
    avery = await office.phone("101")
    refused = await avery.page(text="late", replyOn=page["id"] + 1)
    assert (refused.status, refused.code) == (403, "MSG-325")


async def test_leaving_weighs_more_than_age(office: Office, clock: ServerClock) -> None:
    """Somebody removed hears of that, not of the thread's age."""
    priya, avery = await office.phone("110"), await office.phone("101")
    await priya.page("400")
    received = await avery.newest()
    await office.remove("101", "400")
    clock.advance(40 * DAY_S)
    avery = await office.phone("101")
    assert (await avery.reply(received)).code == "MSG-326"


async def test_threads_may_stay_open_for_ever(open_office: OpenOffice, clock: ServerClock) -> None:
    """The age limit is undocumented, so it can be switched off."""
    office = await open_office(dialect=Dialect(thread_max_age_days=None))
    page = (await (await office.phone("104")).page("101")).body
    clock.advance(400 * DAY_S)
    assert (await (await office.phone("104")).reply(page)).status == 200


async def test_reads_after_leaving_may_be_refused_instead_of_hidden(
    open_office: OpenOffice,
) -> None:
    """What a former member sees when asking for one message is undocumented: a switch."""
    office = await open_office(dialect=Dialect(reads_after_leaving="refused"))
    priya, avery = await office.phone("110"), await office.phone("101")
    await priya.page("400")
    received = await avery.newest()
    await office.remove("101", "400")
    refused = await avery.get(f"message-store/{received['id']}")
    assert (refused.status, refused.code) == (403, "MSG-326")


@pytest.mark.parametrize("path", ["", "/content/{id}"])
async def test_the_text_is_out_of_reach_after_leaving(office: Office, path: str) -> None:
    """Neither the message nor its attachment can be fetched by who kept the id."""
    priya, avery = await office.phone("110"), await office.phone("101")
    await priya.page("400")
    received = await avery.newest()
    address = f"message-store/{received['id']}" + path.format(id=received["id"])
    assert (await avery.get(address)).status == 200
    await office.remove("101", "400")
    assert (await avery.get(address)).status == 404
