"""Block Kit on the page: every element can be used, and the app hears exactly what was chosen."""

from typing import Any

import pytest

from tests.browser.chromium import Page
from tests.browser.small_app import Json, SmallApp, plain
from tests.browser.test_workspace import BOX, say

pytestmark = pytest.mark.browser

SIZES = [{"text": plain(name), "value": name} for name in ("small", "medium", "large")]
ELEMENTS: dict[str, Json] = {
    "static_select": {"options": SIZES, "placeholder": plain("Size")},
    "multi_static_select": {"options": SIZES, "placeholder": plain("Sizes")},
    "users_select": {"placeholder": plain("Person")},
    "conversations_select": {"placeholder": plain("Where")},
    "checkboxes": {"options": SIZES},
    "radio_buttons": {"options": SIZES},
    "overflow": {"options": SIZES},
}


def actions(kind: str) -> Json:
    element = {"type": kind, "action_id": "chosen", **ELEMENTS[kind]}
    return {"type": "actions", "block_id": kind, "elements": [element]}


async def shown(page: Page, app: SmallApp, *blocks: Json) -> None:
    await app.call("chat.postMessage", channel="C0OPS", text="choose", blocks=list(blocks))
    await page.until("document.querySelector('.content > *')")


async def chosen(page: Page, app: SmallApp) -> Any:
    """The newest action the app heard of, without the facts that are not the choice."""
    await page.see("Acknowledged by", within=".messages")
    (action,) = app.heard_of("block_actions")[-1]["actions"]
    return {name: value for name, value in action.items() if name.startswith("selected_")}


def values(options: list[Json]) -> list[str]:
    return [option["value"] for option in options]


async def test_a_menu_of_options(page: Page, app: SmallApp) -> None:
    """A static select is a real select: the keyboard chooses, the app hears the option."""
    await shown(page, app, actions("static_select"))
    await page.evaluate("document.querySelector('.select').focus()")
    await page.press("ArrowDown")
    assert (await chosen(page, app))["selected_option"]["value"] == "small"


@pytest.mark.parametrize(
    ("kind", "typed", "heard"),
    [
        ("users_select", "avery", {"selected_user": "U0AVERY"}),
        ("conversations_select", "dba", {"selected_conversation": "C0DBA"}),
    ],
)
async def test_people_and_channels_are_found_by_name(
    page: Page, app: SmallApp, kind: str, typed: str, heard: Json
) -> None:
    """Typing part of a name finds it; Enter takes it, and the app hears the id."""
    await shown(page, app, actions(kind))
    await page.click(".content [role=combobox]")
    await page.type(typed)
    await page.until("document.querySelectorAll('.options:popover-open .option').length === 1")
    await page.press("Enter")
    assert await chosen(page, app) == heard


async def test_several_options_are_taken(page: Page, app: SmallApp) -> None:
    """Taken options are chips; the app hears all of them."""
    await shown(page, app, actions("multi_static_select"))
    await page.click(".content [role=combobox]")
    await page.type("lar")
    await page.press("Enter")
    assert values((await chosen(page, app))["selected_options"]) == ["large"]


async def test_boxes_and_one_of_many(page: Page, app: SmallApp) -> None:
    """Boxes can all be ticked; of radio buttons only the last stays chosen."""
    await shown(page, app, actions("checkboxes"))
    await page.click(".choice:nth-child(1) input")
    await page.see("Acknowledged by", within=".messages")
    assert values((await chosen(page, app))["selected_options"]) == ["small"]

    await shown(page, app, actions("radio_buttons"))
    await page.until("document.querySelector('.choice')")
    await page.click(".choice:nth-child(2) input")
    await page.until("!document.querySelector('.choice')")
    assert (await chosen(page, app))["selected_option"]["value"] == "medium"


async def test_more_actions_are_in_a_menu(page: Page, app: SmallApp) -> None:
    """An overflow menu opens by mouse or key, and the app hears the entry."""
    await shown(page, app, actions("overflow"))
    await page.click(".content .square")
    await page.press("ArrowDown")
    await page.press("Enter")
    assert (await chosen(page, app))["selected_option"]["value"] == "medium"


async def test_what_cannot_be_drawn_is_said(page: Page, app: SmallApp) -> None:
    """A picture is its description; the rest of a message is drawn as ever."""
    picture = {
        "type": "image",
        "image_url": "https://images.example/graph.png",
        "alt_text": "Disk usage rising",
    }
    await shown(page, app, picture, {"type": "divider"}, actions("overflow"))
    await page.see("Disk usage rising", within=".b-figure")
    assert await page.count("img") == 0
    assert await page.count(".content .square") == 1


async def test_forms_stack(page: Page, app: SmallApp) -> None:
    """A second form lies on the first; closing it shows the first again, as it was filled in."""
    await say(page, "/page")
    await page.until("document.activeElement.matches('.dialog textarea')")
    await page.type("half a message")
    app.push_on_submit = True
    await page.click(".dialog [role=combobox]")
    await page.type("dba")
    await page.see("DBA", within=".options:popover-open")
    await page.press("Enter")
    await page.click(".dialog .primary")
    await page.see("Page all 42 people?", within=".dialog h2")
    await page.press("Escape")
    await page.see("Page someone", within=".dialog h2")
    text = "document.querySelector('.dialog textarea').value"
    await page.until(f"{text} === 'half a message'")


async def test_editing_shows_names_not_ids(page: Page) -> None:
    """Who edits a message sees it as it was typed."""
    await say(page, "ask @avery & #dba <now>")
    await page.see("@Avery Kim", within=".messages")
    await page.click(BOX)
    await page.press("ArrowUp")
    await page.until("document.activeElement.closest('.message')")
    assert await page.evaluate("document.activeElement.value") == "ask @avery & #dba <now>"
