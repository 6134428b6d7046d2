"""What people do in Slack, as the core hears of it."""

import asyncio
import re

import pytest

from gateway.domain.content import (
    Button,
    Buttons,
    Content,
    Menu,
    Option,
    OptionGroup,
    PageForm,
    Paragraph,
    SilenceForm,
    Span,
)
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.inbound import (
    ChannelMoved,
    ChatAction,
    ChatCommand,
    ChatDeletion,
    ChatEdit,
    ChatReply,
    ChatShortcut,
    FormSubmission,
    GroupMention,
    HomeOpened,
    PersonGone,
    SilenceSubmission,
    UserMention,
    WorkspaceGone,
)
from gateway.domain.pages import ChatThread, Person
from gateway.ports.chat import ChatPost, ChatWhisper
from gateway.ports.intake import Answer
from tests.adapters.slack.desk import Desk, desk

ACME = WorkspaceId("T0ACME")
OPS = ChannelId("C0OPS")
DANA = Person(ACME, ChatUserId("U0DANA"), "Dana Lee", language="en-US")
BUTTON = Content(
    "Which Sam?",
    (
        Paragraph(((Span("Which Sam?"),),)),
        Buttons((Button("choose", "d1:214", "Sam Smith"), Button("choose", "d1:231", "Sam Smyth"))),
    ),
)
FORM = PageForm(
    "Page someone",
    "Send page",
    "Cancel",
    "To",
    "Name or extension",
    "Message",
    "",
    "Send as",
    "Show replies in",
    senders=(Option("Me", "104"),),
    channel=OPS,
    draft="d9",
)


async def root(at: Desk) -> ChatMessageId:
    """A status message of ours, from which a thread hangs."""
    post = ChatPost(ACME, OPS, Content("Dana paged DBA"), "pg_1:1")
    return (await at.slack.chat.post(post)).message


# --- commands ----------------------------------------------------------------------------------


async def test_a_command_reaches_the_core(at: Desk) -> None:
    """Who, where, what was typed, and a trigger to open a form with."""
    answer = await at.types("/page dba Disk is &lt;95%&gt; full payload")
    command = at.ear.only(ChatCommand)
    assert answer["status"] == 200
    assert command.person == DANA
    assert (command.channel, command.name) == (OPS, "/page")
    assert "payload" in "".join(map(str, command.text))
    assert command.received_at == at.clock.now()
    assert command.trigger
    assert command.trigger not in command.key


async def test_mentions_in_a_command_are_ids(at: Desk) -> None:
    """Names are resolved by Slack, not by us."""
    await at.types("/page @avery, @oncall: Lift is out & about")
    assert at.ear.only(ChatCommand).text == (
        UserMention(ChatUserId("U0AVERY"), "avery"),
        ", ",
        GroupMention("S0ONCALL", "@oncall"),
        ": Lift is out & about",
    )


async def test_the_answer_to_a_command_is_seen_at_once_and_by_nobody_else(at: Desk) -> None:
    """It travels in the acknowledgement."""
    at.ear.answer = Answer(BUTTON)
    await at.types("/page sam hello")
    (told,) = await at.private()
    assert (told["text"], told["source"]) == ("Which Sam?", "command")
    assert await at.private("U0AVERY") == []


async def test_a_command_that_is_not_recorded_says_so(at: Desk) -> None:
    """With what was typed, so that it can be copied; Slack shows no failure of its own."""
    at.ear.failure = StoreUnavailableError()
    answer = await at.types("/page @avery Disk <full> & hot")
    assert answer["status"] == 200
    (told,) = await at.private()
    assert "gateway.not_recorded" in told["text"]
    assert told["text"].endswith("Your message: @avery Disk &lt;full&gt; &amp; hot")


async def test_a_bug_is_no_silence(at: Desk) -> None:
    """Whatever breaks behind the door, the person is told; what broke is noted without words."""
    at.ear.failure = RuntimeError("secret words")
    await at.types("/page dba Disk full")
    (told,) = await at.private()
    assert "gateway.broken" in told["text"]
    (note,) = at.log.facts("slack.listener_broke")
    assert note["error"] == "RuntimeError"
    assert "secret" not in str(at.log.events)


async def test_before_the_core_is_there_nothing_is_lost() -> None:
    """Commands are refused in words, events come again."""
    async with desk(attach=False) as at:
        await at.types("/page dba hello")
        (told,) = await at.private()
        assert "not_recorded" in told["text"]
        thread = await root(at)
        await at.says("on it", thread_ts=thread)
        await at.until(lambda: _refused_once(at))
        at.slack.listen(at.ear)
        await at.sim("POST", "/clock", advance_s=60)
        await at.ear.hears(ChatReply)


async def _refused_once(at: Desk) -> bool:
    return 503 in [one["status"] for one in await at.deliveries("event:message")]


# --- messages ----------------------------------------------------------------------------------


async def test_a_reply_in_a_thread_is_heard_in_words(at: Desk) -> None:
    """Mentions, links and emoji as a person would say them; who wrote it, and where."""
    thread = await root(at)
    ts = await at.says("@avery see #ops :fire: https://a.example/?a=1&b=2 <3", thread_ts=thread)
    await at.ear.hears(ChatReply)
    reply = at.ear.only(ChatReply)
    assert reply.text == "Avery Kim see #ops 🔥 https://a.example/?a=1&b=2 <3"
    assert reply.thread == ChatThread(ACME, OPS, thread)
    assert (reply.person, reply.message, reply.mentions_us) == (DANA, ts, False)


async def test_only_replies_in_threads_are_heard(at: Desk) -> None:
    """What is said in the channel itself is not ours."""
    await at.says("hello all")
    thread = await root(at)
    await at.says("on it", thread_ts=thread)
    await at.ear.hears(ChatReply)
    assert at.ear.only(ChatReply).text == "on it"
    assert {"kind": "message", "why": "not_in_thread"} in at.log.facts("slack.ignored")


async def test_files_are_named_and_linked(at: Desk) -> None:
    """A phone cannot show them, but can say what and where."""
    thread = await root(at)
    files = [{"name": "photo.png", "size": 2_100_000, "permalink": "https://acme.example/f/1"}]
    await at.says("look", thread_ts=thread, files=files)
    await at.ear.hears(ChatReply)
    assert at.ear.only(ChatReply).files == ("photo.png (2.1 MB) https://acme.example/f/1",)


async def test_a_mention_of_the_bot_is_noticed_once(at: Desk) -> None:
    """It comes as `message` and as `app_mention`; both carry one key."""
    thread = await root(at)
    await at.fault("duplicate", method="message", shape="app_mention")
    await at.says("<@U0PAGER> take over", thread_ts=thread)
    first, second = await at.ear.hears(ChatReply, 2)
    assert (first.mentions_us, first.text) == (True, "take over")
    assert first.key == second.key


@pytest.mark.parametrize(
    "shape", ["same_event", "two_ids", "two_ts", "two_envelopes", "two_apps", "app_mention"]
)
async def test_every_shape_of_repeat_has_one_key(at: Desk, shape: str) -> None:
    """However Slack says a message twice, the core can tell (F8, F10)."""
    thread = await root(at)
    await at.fault("duplicate", method="message", shape=shape)
    await at.says("on it", thread_ts=thread)
    await at.until(lambda: _delivered(at, 3))  # our own message, the reply and its repeat
    assert len({reply.key for reply in at.ear.of(ChatReply)}) == 1


async def _delivered(at: Desk, count: int) -> bool:
    return [one["status"] for one in await at.deliveries("event:message")].count(200) >= count


async def test_two_people_saying_the_same_have_two_keys(at: Desk) -> None:
    """A key names a message, not its words."""
    thread = await root(at)
    await at.says("ok", thread_ts=thread)
    await at.says("ok", user="U0AVERY", thread_ts=thread)
    replies = await at.ear.hears(ChatReply, 2)
    assert len({reply.key for reply in replies}) == 2


async def test_a_broadcast_reply_is_heard_once(at: Desk) -> None:
    """What is also sent to the channel is one message."""
    thread = await root(at)
    await at.says("all clear", thread_ts=thread, reply_broadcast=True)
    replies = await at.ear.hears(ChatReply)
    assert [reply.text for reply in replies] == ["all clear"]


async def test_a_retry_is_not_read_as_a_repeat(at: Desk) -> None:
    """The first try may have died: it is heard when it comes again (landmine 1)."""
    thread = await root(at)
    at.ear.failure = StoreUnavailableError()
    await at.says("on it", thread_ts=thread)
    await at.until(lambda: _refused_once(at))
    at.ear.failure = None
    await at.sim("POST", "/clock", advance_s=60)
    await at.ear.hears(ChatReply)
    assert [reply.text for reply in at.ear.of(ChatReply)] == ["on it"]


async def test_an_edit_by_a_person_is_heard(at: Desk) -> None:
    """With the words before and after."""
    thread = await root(at)
    ts = await at.says("on it", thread_ts=thread)
    await at.sim("PUT", "/messages", user="U0DANA", channel="C0OPS", ts=ts, text="on it now")
    await at.ear.hears(ChatEdit)
    edit = at.ear.only(ChatEdit)
    assert (edit.before, edit.text, edit.message) == ("on it", "on it now", ts)
    assert (edit.person, edit.thread) == (DANA, ChatThread(ACME, OPS, thread))


async def test_an_edit_is_read_like_a_message(at: Desk) -> None:
    """Without the address at its beginning; whether it mentions us is told of both versions."""
    thread = await root(at)
    ts = await at.says("on it", thread_ts=thread)
    text = "@pager: <done> & dusted"
    await at.sim("PUT", "/messages", user="U0DANA", channel="C0OPS", ts=ts, text=text)
    await at.ear.hears(ChatEdit)
    edit = at.ear.only(ChatEdit)
    assert (edit.before, edit.text) == ("on it", "<done> & dusted")
    assert (edit.mentions_us, edit.mentioned_us) == (True, False)


async def test_files_in_shared_channels_are_asked_for(at: Desk) -> None:
    """There a message tells their ids only, which is what we say when Slack does not answer."""
    thread = await root(at)
    file = {"name": "plan.pdf", "size": 1_000, "file_access": "check_file_info"}
    await at.says("", thread_ts=thread, files=[file])
    await at.ear.hears(ChatReply)
    assert at.ear.only(ChatReply).files == ("plan.pdf (1 kB)",)
    await at.fault("status", method="files.info", status=500, times=0)
    await at.says("again", thread_ts=thread, files=[file])
    await at.ear.hears(ChatReply, 2)
    (named,) = at.ear.of(ChatReply)[-1].files
    assert re.fullmatch("F[A-Z0-9]+", named)


async def test_an_edit_keeps_the_files_of_its_message(at: Desk) -> None:
    """They are still attached."""
    thread = await root(at)
    files = [{"name": "photo.png", "size": 2_100_000, "permalink": "https://acme.example/f/1"}]
    ts = await at.says("look", thread_ts=thread, files=files)
    await at.sim("PUT", "/messages", user="U0DANA", channel="C0OPS", ts=ts, text="look here")
    await at.ear.hears(ChatEdit)
    assert at.ear.only(ChatEdit).files == ("photo.png (2.1 MB) https://acme.example/f/1",)


async def test_a_link_preview_is_no_edit(at: Desk) -> None:
    """Slack tells of it as a change in which nothing changed (landmine 14)."""
    thread = await root(at)
    ts = await at.says("see https://a.example", thread_ts=thread)
    await at.fault("unfurl", channel="C0OPS", ts=ts)
    await at.says("done", thread_ts=thread)
    await at.ear.hears(ChatReply, 2)
    assert at.ear.of(ChatEdit) == []
    assert {"kind": "message", "why": "not_edited"} in at.log.facts("slack.ignored")


async def test_a_deletion_is_heard(at: Desk) -> None:
    """Who had written it, and in which thread."""
    thread = await root(at)
    ts = await at.says("on it", thread_ts=thread)
    await at.sim("DELETE", "/messages", user="U0DANA", channel="C0OPS", ts=ts)
    await at.ear.hears(ChatDeletion)
    deletion = at.ear.only(ChatDeletion)
    assert (deletion.person, deletion.message) == (DANA, ts)
    assert deletion.thread == ChatThread(ACME, OPS, thread)


async def test_a_deleted_root_with_replies_is_a_deletion(at: Desk) -> None:
    """Slack leaves a tombstone, told as a change."""
    ts = await at.says("a root of somebody's own")
    await at.says("reply", thread_ts=ts)
    await at.sim("DELETE", "/messages", user="U0DANA", channel="C0OPS", ts=ts)
    await at.ear.hears(ChatDeletion)
    assert at.ear.only(ChatDeletion).thread.root == ts


async def test_our_own_messages_are_never_heard(at: Desk) -> None:
    """Plain, under another's name, private answers, and previews Slack adds to them (I9)."""
    thread = await root(at)
    for n, speaker in enumerate(["", "Avery Kim"]):
        content = Content("see https://a.example")
        post = ChatPost(ACME, OPS, content, f"pg_1:2{n}", root=thread, speaker=speaker)
        receipt = await at.slack.chat.post(post)
        await at.fault("unfurl", channel="C0OPS", ts=receipt.message)
    await at.says("done", thread_ts=thread)
    await at.ear.hears(ChatReply)
    assert [fact.text for fact in at.ear.heard] == ["done"]
    own = [facts for facts in at.log.facts("slack.ignored") if facts["why"] == "own"]
    assert len(own) == 5


async def test_a_choice_from_a_menu_is_like_a_button(at: Desk) -> None:
    """Its value says what was chosen."""
    menu = Menu("thread_mode", (Option("All", "pg_1:replies"), Option("None", "pg_1:nothing")))
    words = Content("Dana paged DBA", (Paragraph(((Span("Dana paged DBA"),),), menu),))
    receipt = await at.slack.chat.post(ChatPost(ACME, OPS, words, "pg_1:1"))
    await at.sim(
        "POST",
        "/actions",
        user="U0DANA",
        channel="C0OPS",
        ts=receipt.message,
        action_id="thread_mode",
        value="pg_1:nothing",
    )
    action = at.ear.only(ChatAction)
    assert (action.action, action.value) == ("thread_mode", "pg_1:nothing")
    assert action.message == receipt.message


# --- people ------------------------------------------------------------------------------------


async def test_guests_and_strangers_are_marked(at: Desk) -> None:
    """Policy decides what they may do; Slack tells who they are (T13)."""
    lobby = ChannelId("C0LOBBY")
    post = ChatPost(ACME, lobby, Content("Dana paged DBA"), "pg_1:1")
    thread = (await at.slack.chat.post(post)).message
    for user in ("U0GUEST", "U0STRANGER", "U0DANA"):
        await at.says("hi", user=user, channel="C0LOBBY", thread_ts=thread)
    replies = await at.ear.hears(ChatReply, 3)
    flags = {str(r.person.user): (r.person.guest, r.person.stranger) for r in replies}
    assert flags == {
        "U0GUEST": (True, False),
        "U0STRANGER": (False, True),
        "U0DANA": (False, False),
    }


async def test_a_person_is_asked_about_once(at: Desk) -> None:
    """Not a directory call per message (landmine 11); again when what we know is old."""
    thread = await root(at)
    await asyncio.gather(*(at.says(f"{n}", thread_ts=thread) for n in range(8)))
    await at.ear.hears(ChatReply, 8)
    assert len(await at.calls("users.info")) == 1
    at.clock.move(601)
    await at.types("/page dba hi")
    assert len(await at.calls("users.info")) == 2


async def test_who_we_are_is_asked_once(at: Desk) -> None:
    """A crowd at the first request does not become a crowd of calls."""
    await asyncio.gather(*(at.types(f"/page dba {n}", user="U0BO") for n in range(10)))
    assert len(await at.calls("auth.test")) == 1


async def test_old_news_serve_while_slack_is_away(at: Desk) -> None:
    """What we know of a person is better than refusing them."""
    await at.types("/page dba one")
    at.clock.move(3_600)
    await at.fault("status", method="users.info", status=500, times=0)
    await at.types("/page dba two")
    assert [command.person for command in at.ear.of(ChatCommand)] == [DANA, DANA]


async def test_nobody_is_taken_for_a_member_unproved(at: Desk) -> None:
    """While Slack cannot say who somebody is, nothing is taken from them."""
    await at.fault("status", method="users.info", status=500, times=0)
    await at.types("/page dba one")
    assert at.ear.heard == []
    (told,) = await at.private()
    assert "gateway.not_recorded" in told["text"]


# --- buttons, forms, shortcuts, home -----------------------------------------------------------


async def test_a_pressed_button_is_heard_with_its_place(at: Desk) -> None:
    """Which action, which value, in which thread; the second of two alike is told apart."""
    receipt = await at.slack.chat.post(ChatPost(ACME, OPS, BUTTON, "pg_1:1"))
    await at.sim(
        "POST",
        "/actions",
        user="U0DANA",
        channel="C0OPS",
        ts=receipt.message,
        action_id="choose#2",
    )
    action = at.ear.only(ChatAction)
    assert (action.action, action.value) == ("choose", "d1:231")
    assert action.thread == ChatThread(ACME, OPS, receipt.message)
    assert (action.person, action.channel, action.message) == (DANA, OPS, receipt.message)


async def test_an_answer_replaces_the_private_message_whose_button_was_pressed(at: Desk) -> None:
    """The question goes, the result stands in its place."""
    whisper = ChatWhisper(ACME, ChatUserId("U0DANA"), OPS, BUTTON)
    told = await at.slack.chat.whisper(whisper)
    at.ear.answer = Answer(Content("Cancelled. Nobody was paged."), replace=True)
    await at.sim(
        "POST", "/actions", user="U0DANA", channel="C0OPS", ts=told.message, action_id="choose"
    )
    await at.until(lambda: _private_texts(at, ["Cancelled. Nobody was paged."]))
    assert at.ear.only(ChatAction).message is None


async def test_an_answer_to_a_click_is_private(at: Desk) -> None:
    """Others in the channel see nothing, and the message stays as it is."""
    receipt = await at.slack.chat.post(ChatPost(ACME, OPS, BUTTON, "pg_1:1"))
    at.ear.answer = Answer(Content("Already acknowledged by Bo."))
    await at.sim(
        "POST", "/actions", user="U0AVERY", channel="C0OPS", ts=receipt.message, action_id="choose"
    )
    await at.until(lambda: _private_texts(at, ["Already acknowledged by Bo."], "U0AVERY"))
    assert [one["text"] for one in await at.messages()] == ["Which Sam?"]


async def test_a_click_that_is_not_recorded_is_told(at: Desk) -> None:
    """A button that does nothing must say so."""
    receipt = await at.slack.chat.post(ChatPost(ACME, OPS, BUTTON, "pg_1:1"))
    at.ear.failure = StoreUnavailableError()
    await at.sim(
        "POST", "/actions", user="U0DANA", channel="C0OPS", ts=receipt.message, action_id="choose"
    )
    words = "Not sent (gateway.not_recorded). Your message: "
    await at.until(lambda: _private_texts(at, [words]))


async def _private_texts(at: Desk, wanted: list[str], user: str = "U0DANA") -> bool:
    return [one["text"] for one in await at.private(user)] == wanted


async def open_form(at: Desk) -> str:
    """Dana's form, opened from her command."""
    await at.types("/page")
    await at.slack.chat.open_form(at.ear.only(ChatCommand).trigger, FORM)
    answer = await at.sim("GET", "/views", user="U0DANA")
    return str(answer["views"][-1]["id"])


async def fill_in(at: Desk, view: str) -> dict[str, object]:
    """Type a name, choose, write and submit."""
    at.ear.groups = (OptionGroup("Departments", (Option("DBA, 4 people", "400"),)),)
    await at.sim("POST", "/options", user="U0DANA", view_id=view, action_id="to", value="db")
    return await at.sim(
        "POST",
        f"/views/{view}/submit",
        user="U0DANA",
        values={"to": {"to": ["400"]}, "text": {"text": "Disk full"}, "as": {"as": "104"}},
    )


async def test_a_submitted_form_is_heard(at: Desk) -> None:
    """Recipients, words, sender, place and the draft it was opened for."""
    await fill_in(at, await open_form(at))
    form = at.ear.only(FormSubmission)
    assert (form.to, form.text, form.send_as) == (("400",), "Disk full", "104")
    assert (form.channel, form.draft, form.person) == (OPS, "d9", DANA)
    assert at.ear.heard[1] == (DANA, "db")
    assert (await at.sim("GET", "/views", user="U0DANA"))["views"] == []


async def test_a_silence_is_heard_with_what_the_form_was_opened_for(at: Desk) -> None:
    """How long, why, by whom, and which alerts."""
    await at.types("/page")
    form = SilenceForm(
        *("Silence alerts", "Silence", "Cancel", "Alerts of db-7", "For how long"),
        (Option("1 hour", "1"), Option("2 hours", "2")),
        *("Why", "The thread shows this.", "al_91QX"),
    )
    await at.slack.chat.open_form(at.ear.only(ChatCommand).trigger, form)
    (view,) = (await at.sim("GET", "/views", user="U0DANA"))["views"]
    values = {"lasts": {"lasts": "2"}, "text": {"text": "swapping the disk"}}
    await at.sim("POST", f"/views/{view['id']}/submit", user="U0DANA", values=values)
    heard = at.ear.only(SilenceSubmission)
    assert (heard.lasts, heard.text, heard.context) == ("2", "swapping the disk", "al_91QX")
    assert heard.person == DANA


async def test_a_problem_keeps_the_form_open(at: Desk) -> None:
    """The sentence stands under its field, and what was typed stays."""
    at.ear.problems = {"text": "286 characters too long."}
    view = await open_form(at)
    answer = await fill_in(at, view)
    assert "286 characters too long." in str(answer)
    assert len((await at.sim("GET", "/views", user="U0DANA"))["views"]) == 1


async def test_a_form_that_is_not_recorded_stays_open(at: Desk) -> None:
    """So nothing typed is lost."""
    view = await open_form(at)
    at.ear.failure = StoreUnavailableError()
    answer = await at.sim(
        "POST",
        f"/views/{view}/submit",
        user="U0DANA",
        values={"text": {"text": "Disk full"}},
    )
    assert "gateway.not_recorded" in str(answer) or not answer["ok"]
    assert len((await at.sim("GET", "/views", user="U0DANA"))["views"]) == 1


async def test_a_shortcut_on_a_message_brings_its_words(at: Desk) -> None:
    """The way to page from inside a thread, where commands do not work."""
    thread = await root(at)
    ts = await at.says("disk is *full* &amp; hot", thread_ts=thread)
    await at.sim(
        "POST", "/shortcuts", user="U0AVERY", channel="C0OPS", ts=ts, callback_id="page_msg"
    )
    shortcut = at.ear.only(ChatShortcut)
    assert (shortcut.name, shortcut.text) == ("page_msg", "disk is *full* &amp; hot")
    assert shortcut.thread == ChatThread(ACME, OPS, thread)
    assert shortcut.trigger


async def test_a_global_shortcut_has_no_place(at: Desk) -> None:
    """It is answered by a form, or by a direct message."""
    at.ear.answer = Answer(Content("Connect your account first."))
    await at.sim("POST", "/shortcuts", user="U0DANA", callback_id="page")
    assert at.ear.only(ChatShortcut).channel is None
    await at.until(lambda: _direct_texts(at, ["Connect your account first."]))


async def _direct_texts(at: Desk, wanted: list[str]) -> bool:
    answer = await at.sim("GET", "/channels/D0DANA/messages")
    return [one["text"] for one in answer.get("messages", [])] == wanted


async def test_looking_at_the_home_tab_is_heard(at: Desk) -> None:
    """So that it can be drawn."""
    await at.sim("POST", "/home", user="U0DANA")
    await at.ear.hears(HomeOpened)
    assert at.ear.only(HomeOpened).person == DANA


# --- the life of the app -----------------------------------------------------------------------


async def test_removal_of_the_app_is_heard_without_a_token(at: Desk) -> None:
    """Two events in either order, both with the workspace they end."""
    await at.fault("uninstall")
    gone = await at.ear.hears(WorkspaceGone, 2)
    assert {each.workspace for each in gone} == {ACME}


async def test_a_channel_that_gets_another_id_is_followed(at: Desk) -> None:
    """Threads must move along (slack.md, life cycle)."""
    await at.fault("change_channel_id", channel="C0OPS", new_id="C0NEW")
    await at.ear.hears(ChannelMoved)
    moved = at.ear.only(ChannelMoved)
    assert (moved.workspace, moved.old, moved.new) == (ACME, "C0OPS", "C0NEW")


async def test_a_renamed_channel_is_called_by_its_new_name(at: Desk) -> None:
    """Private channels have no label in Slack's text; their name is asked for, and again."""
    thread = await root(at)
    await at.sim("POST", "/invite", user="U0PAGER", channel="C0BOARD")
    await at.says("see <#C0BOARD>", user="U0CASEY", thread_ts=thread)
    await at.ear.hears(ChatReply)
    await at.fault("rename_channel", channel="C0BOARD", name="directors")
    await at.until(lambda: at.deliveries("event:group_rename"))
    await at.says("see <#C0BOARD>", user="U0CASEY", thread_ts=thread)
    first, second = await at.ear.hears(ChatReply, 2)
    assert (first.text, second.text) == ("see #board", "see #directors")


async def test_who_left_the_company_is_told_of(at: Desk) -> None:
    """Somebody who comes back, or only changed their name, is not."""
    await at.fault("deactivate", user="U0CASEY")
    (gone,) = await at.ear.hears(PersonGone)
    assert (gone.workspace, gone.user) == (ACME, "U0CASEY")
    await at.fault("deactivate", user="U0CASEY", undo=True)

    async def came_back() -> bool:
        return len(await at.deliveries("event:user_change")) == 2

    await at.until(came_back)
    assert len(at.ear.of(PersonGone)) == 1


async def test_what_slack_dropped_is_noted(at: Desk) -> None:
    """`app_rate_limited` is the only sign of events we never got (F28)."""
    await at.fault("app_rate_limited")
    await at.until(lambda: _noted(at, "slack.events_dropped"))
    assert (await at.deliveries("app_rate_limited"))[0]["status"] == 200


async def _noted(at: Desk, event: str) -> bool:
    return bool(at.log.facts(event))


async def test_a_token_of_another_workspace_is_not_used() -> None:
    """Where the settings say whose it is: nothing is asked of Slack but who we are."""
    async with desk(team="T0NORTH") as at:
        answer = await at.types("/page dba x")
        assert "Not sent" in answer["response"]["text"]
        assert at.ear.heard == []
        assert await at.calls("auth.test")
        assert await at.calls("users.info") == []
