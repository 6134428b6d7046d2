"""The workspace page, as a person meets it."""

import pytest

from adapters.chat.slack_simulator.server import SlackServer
from tests.browser.chromium import Page
from tests.browser.conftest import DRAWN
from tests.browser.small_app import SmallApp

pytestmark = pytest.mark.browser

BOX = ".channel > .composer .composer-input"


async def say(page: Page, text: str) -> None:
    await page.click(BOX)
    await page.type(text)
    await page.press("Enter")


async def test_enter_sends_what_was_written(page: Page) -> None:
    """A line typed and sent stands in the channel under one's name, and the box is empty again."""
    await say(page, "the disk is full")
    await page.see("the disk is full", within=".messages")
    await page.see("Dana Lee", within=".message-header")
    assert await page.evaluate(f"document.querySelector('{BOX}').value") == ""


async def test_what_could_not_be_sent_stays_in_the_box(page: Page, slack: SlackServer) -> None:
    """A refused message is not lost: its words go back into the box and the reason is shown."""
    slack.slack.workspace.channels["C0OPS"].members.remove("U0DANA")
    await say(page, "still here")
    await page.see("not in channel", within=".toasts")
    assert await page.evaluate(f"document.querySelector('{BOX}').value") == "still here"
    (complaint,) = page.problems
    assert "400" in complaint  # the browser's own line about the refusal
    page.problems.clear()


async def test_a_slash_shows_the_commands_and_their_use(page: Page) -> None:
    """Typing `/` offers the app's command; taking it shows how it is used."""
    await page.click(BOX)
    await page.type("/p")
    await page.see("Send a page", within=".suggestions")
    await page.press("Tab")
    await page.see("/page dba Disk is full", within=".composer-hint")


async def test_a_name_is_completed_and_becomes_a_mention(page: Page, app: SmallApp) -> None:
    """`@av` and Enter write a person's name; the app hears their id."""
    await page.click(BOX)
    await page.type("ask @av")
    await page.see("Avery Kim", within=".suggestions")
    await page.press("Enter")
    await page.press("Enter")
    await page.see("@Avery Kim", within=".message .mention")
    await page.until("document.querySelector('.message .mention').dataset.id === 'U0AVERY'")
    assert "<@U0AVERY>" in app.heard_of("event_callback")[-1]["event"]["text"]


async def test_a_reply_stays_in_its_thread(page: Page) -> None:
    """A reply shows in the thread beside the channel; the channel only counts it."""
    await say(page, "who is on call?")
    await page.hover(".message")
    await page.click("[aria-label='Reply in thread']")
    await page.until("document.activeElement.placeholder === 'Reply…'")
    await page.type("me until six")
    await page.press("Enter")
    await page.see("me until six", within=".thread .messages")
    await page.see("1 reply", within=".channel .thread-link")
    assert "me until six" not in await page.text(".channel .messages")


async def test_a_button_reaches_the_app(page: Page, app: SmallApp) -> None:
    """Pressing a button tells the app which one; what the app makes of the message is shown."""
    await say(page, "/page dba full")
    await page.click(".b-actions .primary")
    await page.see("Acknowledged by @Dana Lee", within=".channel .messages")
    (payload,) = app.heard_of("block_actions")
    assert payload["actions"][0]["action_id"] == "ack"


async def test_a_dangerous_button_asks_first(page: Page, app: SmallApp) -> None:
    """A button with a confirmation does nothing until it is confirmed; Escape means no."""
    await say(page, "/page dba full")
    await page.click(".b-actions .danger")
    await page.see("This pages 3 people.", within=".dialog")
    await page.press("Escape")
    await page.until("!document.querySelector('.dialog')")
    assert app.heard_of("block_actions") == []
    await page.click(".b-actions .danger")
    await page.click(".dialog .primary")
    await page.see("Acknowledged by", within=".channel .messages")


async def test_a_form_is_filled_in_and_sent(page: Page, app: SmallApp) -> None:
    """Typeahead, text and the current channel reach the app as a view's state; the form closes."""
    await say(page, "/page")
    await page.see("Page someone", within=".dialog h2")
    await page.type("Disk full")
    await page.click(".dialog [role=combobox]")
    await page.type("db")
    await page.see("DBA", within=".options:popover-open")
    await page.press("Enter")
    await page.click(".dialog .primary")
    await page.until("!document.querySelector('.dialog')")
    values = app.heard_of("view_submission")[0]["view"]["state"]["values"]
    assert values["text"]["text"]["value"] == "Disk full"
    assert [one["value"] for one in values["to"]["to"]["selected_options"]] == ["400"]
    assert values["where"]["where"]["selected_conversation"] == "C0OPS"


async def test_a_form_keeps_its_words_when_something_is_wrong(page: Page, app: SmallApp) -> None:
    """What is missing or refused is said under its field, and nothing typed is lost."""
    await say(page, "/page")
    await page.until("document.activeElement.matches('.dialog textarea')")
    await page.type("much too long")
    await page.click(".dialog .primary")
    await page.see("Please complete this required field.", within="[data-block=to]")
    assert app.heard_of("view_submission") == []
    await page.type("bo")
    await page.until(  # "b" alone offers DBA first
        "document.querySelector('.options:popover-open [role=option]')"
        "?.innerText.startsWith('Bo Chen')"
    )
    await page.press("Enter")
    await page.click(".dialog .primary")
    await page.see("286 characters too long", within="[data-block=text]")
    assert await page.evaluate("document.querySelector('.dialog textarea').value") == (
        "much too long"
    )
    assert (await page.text(".chip")).startswith("Bo Chen")


async def test_escape_closes_a_form_and_tells_nobody(page: Page, app: SmallApp) -> None:
    """Escape in an open list closes the list; a second one closes the form."""
    await say(page, "/page")
    await page.click(".dialog [role=combobox]")
    await page.type("a")
    await page.until("document.querySelector('.options:popover-open')")
    await page.press("Escape")
    assert await page.count(".dialog") == 1
    await page.press("Escape")
    await page.until("!document.querySelector('.dialog')")
    assert app.heard_of("view_submission") == []


async def test_private_answers_are_marked_and_private(page: Page) -> None:
    """An ephemeral answer says who sees it; another person does not see it."""
    await say(page, "/page quietly")
    await page.see("Only visible to you", within=".message.private")
    await page.see("Nobody is called quietly", within=".message.private")
    await page.click(".switcher")
    await page.click(".menu-item:nth-child(2)")
    await page.see("Avery Kim", within=".switcher")
    await page.until("!document.querySelector('.message.private')")


async def test_a_message_from_elsewhere_appears_by_itself(page: Page, app: SmallApp) -> None:
    """What others write shows without reloading; another channel's count goes up."""
    await app.call("chat.postMessage", channel="C0OPS", text="hello *ops*")
    await page.see("hello ops", within=".messages")
    assert await page.text(".message .badge") == "APP"
    await app.call("chat.postMessage", channel="C0DBA", text="hello dba")
    await page.see("1", within="[data-channel=C0DBA] .count")


async def test_the_newest_message_stays_in_view(page: Page, app: SmallApp) -> None:
    """Who reads the end stays at the end; who has scrolled up stays there, and is told of news."""
    for number in range(40):
        await app.call("chat.postMessage", channel="C0OPS", text=f"number {number}")
    await page.see("number 39", within=".messages")
    scroller = "document.querySelector('.channel .scroller')"
    gap = f"{scroller}.scrollHeight - {scroller}.scrollTop - {scroller}.clientHeight"
    await page.until(f"{gap} < 2")
    await page.evaluate(f"{scroller}.scrollTop = 0")
    await page.until(f"{gap} > 100")
    await page.frames(2)
    await app.call("chat.postMessage", channel="C0OPS", text="news")
    await page.click(".newest")
    await page.until(f"{gap} < 2")


async def test_another_name_keeps_the_badge(page: Page, app: SmallApp) -> None:
    """A message the app posts in a person's name shows that name, and that an app wrote it."""
    await app.call("chat.postMessage", channel="C0OPS", text="on it", username="Avery Kim · pager")
    await page.see("Avery Kim · pager", within=".message-header")
    assert await page.text(".message-header .badge") == "APP"


async def test_reactions_edits_and_deletions(page: Page) -> None:
    """One can react and take it back, change one's words, and delete them after a question."""
    await say(page, "first words")
    await page.hover(".message")
    await page.click("[aria-label='Add reaction']")
    await page.click(".emoji-grid button")
    await page.see("1", within=".reaction")
    await page.click(".reaction")
    await page.until("!document.querySelector('.reaction')")

    await page.click(BOX)
    await page.press("ArrowUp")
    await page.until("document.activeElement.closest('.message')")
    await page.type(" and more")
    await page.press("Enter")
    await page.see("first words and more", within=".messages")
    await page.see("(edited)", within=".messages")

    await page.hover(".message")
    await page.click("[aria-label='More actions']")
    await page.click(".menu-item.danger")
    await page.click(".dialog .danger")
    await page.until("!document.querySelector('.message')")


async def test_a_message_shortcut_takes_the_message_along(page: Page, app: SmallApp) -> None:
    """The app's entry in a message's menu tells the app which message was meant."""
    await say(page, "page this")
    await page.hover(".message")
    await page.click("[aria-label='More actions']")
    await page.click(".menu-item")
    await page.until("!document.querySelector('.menu')")
    await page.until("true")
    assert [one["message"]["text"] for one in app.heard_of("message_action")] == ["page this"]


async def test_the_app_has_a_home(page: Page) -> None:
    """Opening the app's Home tells the app, and what it publishes is shown."""
    await page.click(".conversation:has(.avatar.app)")
    await page.click("[role=tab]")
    await page.see("Your pages", within=".home")


async def test_a_channel_can_be_joined(page: Page) -> None:
    """In a channel one is not in, one can join and then write."""
    await page.click(".switcher")
    await page.click(".menu-item:nth-child(3)")
    await page.click("[data-channel=C0DBA]")
    await page.click(".join button")
    await say(page, "hello")
    await page.see("hello", within=".messages")


async def test_everything_can_be_done_without_a_mouse(page: Page) -> None:
    """From the list of messages: arrows walk, Enter opens the thread, Escape comes back."""
    await say(page, "one")
    await say(page, "two")
    await page.see("two", within=".messages")
    await page.press("Tab", shift=True)
    await page.until("document.activeElement.matches('.message')")
    await page.see("two", within=".message:focus")
    await page.press("ArrowUp")
    await page.see("one", within=".message:focus")
    await page.press("Enter")
    await page.until("document.activeElement.placeholder === 'Reply…'")
    await page.press("Escape")
    await page.see("one", within=".message:focus")


async def test_the_focus_is_never_lost(page: Page) -> None:
    """After choosing from a menu or turning a tab, the focus is where it was."""
    await page.click(".switcher")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.see("Avery Kim", within=".switcher")
    await page.until("document.activeElement.matches('.switcher')")
    await page.click(".conversation:has(.avatar.app)")
    await page.click("[role=tab]")
    await page.see("Your pages", within=".home")
    await page.press("ArrowRight")
    await page.until("document.activeElement.innerText === 'Messages'")


async def test_a_fresh_page_misses_nothing(page: Page, slack: SlackServer, app: SmallApp) -> None:
    """What was said before the page was opened is there, and what comes between is not lost."""
    await app.call("chat.postMessage", channel="C0OPS", text="before")
    await page.open(f"{slack.url}/?user=U0BO", until=DRAWN)
    await app.call("chat.postMessage", channel="C0OPS", text="after")
    await page.see("before", within=".messages")
    await page.see("after", within=".messages")
