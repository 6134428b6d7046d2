"""Slack's limits for blocks and views, checked the way its servers check them."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from adapters.chat.slack_simulator.wire import Json, SlackError, invalid, weight

Problems: TypeAlias = Iterator[str]

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_BYTES: Final = 250_000
ID_LENGTH: Final = 255
MARKDOWN_LENGTH: Final = 12_000
TABLE_ROWS: Final = 100
TABLE_CELLS: Final = 20
INPUT_LENGTH: Final = 3_000


def check_message_blocks(blocks: list[Json]) -> None:
    """Refuse blocks a message may not have.

    Raises:
        SlackError: `invalid_blocks`, saying what and where.
    """
    _refuse(list(_blocks(blocks, MESSAGE_BLOCKS, "message")), "invalid_blocks")


def check_view(view: Json, kind: str) -> None:
    """Refuse a view Slack would refuse; `kind` is `modal` or `home`.

    Raises:
        SlackError: `view_too_large` or `invalid_arguments`, saying what and where.
    """
    if weight(view) > VIEW_BYTES:
        raise SlackError("view_too_large")
    _refuse(list(_view(view, kind)), "invalid_arguments")


def _refuse(problems: list[str], code: str) -> None:
    if problems:
        raise invalid(*(f"[ERROR] {problem}" for problem in problems), code=code)


def _view(view: Json, kind: str) -> Problems:
    if view.get("type") != kind:
        yield f"view type must be {kind} [json-pointer:/view/type]"
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield "missing required field: blocks [json-pointer:/view]"
        return
    yield from _blocks(blocks, VIEW_BLOCKS, kind)
    yield from _length(view, "private_metadata", 3_000, "/view")
    yield from _length(view, "callback_id", ID_LENGTH, "/view")
    yield from _length(view, "external_id", ID_LENGTH, "/view")
    if kind == "modal":
        yield from _text(view, "title", 24, "/view", required=True)
        yield from _text(view, "submit", 24, "/view")
        yield from _text(view, "close", 24, "/view")
        if view.get("submit") is None and any(_type(block) == "input" for block in blocks):
            yield "submit is required with input blocks [json-pointer:/view/submit]"


def _blocks(blocks: list[Any], most: int, surface: str) -> Problems:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    if surface == "modal" and not blocks:
        yield "at least one block is needed [json-pointer:/blocks]"
    for number, block in enumerate(blocks):
        where = f"/blocks/{number}"
        check = BLOCKS.get(_type(block))
        if check is None or (surface != "message" and _type(block) in MESSAGE_ONLY):
            yield f"unsupported type: {_type(block)} [json-pointer:{where}/type]"
            continue
        yield from _length(block, "block_id", ID_LENGTH, where)
        yield from check(block, where)
    yield from _unique((block.get("block_id") for block in blocks if _type(block)), "block_id")
    markdown = sum(len(str(block.get("text"))) for block in blocks if _type(block) == "markdown")
    if markdown > MARKDOWN_LENGTH:
        yield f"more than {MARKDOWN_LENGTH} characters of markdown [json-pointer:/blocks]"


def _section(block: Json, where: str) -> Problems:
    if "text" not in block and "fields" not in block:
        yield f"text or fields is needed [json-pointer:{where}]"
    yield from _text(block, "text", 3_000, where, mrkdwn=True)
    fields = block.get("fields", [])
    yield from _count(fields, 1 if "fields" in block else 0, 10, f"{where}/fields")
    for number, _ in enumerate(fields if isinstance(fields, list) else []):
        yield from _text_object(fields[number], 2_000, f"{where}/fields/{number}", mrkdwn=True)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory", ACCESSORIES)


def _actions(block: Json, where: str) -> Problems:
    elements = block.get("elements")
    yield from _count(elements, 1, 25, f"{where}/elements")
    items = elements if isinstance(elements, list) else []
    for number, element in enumerate(items):
        yield from _element(element, f"{where}/elements/{number}", ACTIONS)
    yield from _unique(
        (element.get("action_id") for element in items if isinstance(element, dict)), "action_id"
    )


def _context(block: Json, where: str) -> Problems:
    elements = block.get("elements")
    yield from _count(elements, 1, 10, f"{where}/elements")
    for number, element in enumerate(elements if isinstance(elements, list) else []):
        place = f"{where}/elements/{number}"
        if _type(element) == "image":
            yield from _image(element, place)
        else:
            yield from _text_object(element, 3_000, place, mrkdwn=True)


def _header(block: Json, where: str) -> Problems:
    yield from _text(block, "text", 150, where, required=True)


def _input(block: Json, where: str) -> Problems:
    yield from _text(block, "label", 2_000, where, required=True)
    yield from _text(block, "hint", 2_000, where)
    yield from _element(block.get("element"), f"{where}/element", INPUTS)


def _image(block: Json, where: str) -> Problems:
    if not (block.get("image_url") or block.get("slack_file")):
        yield f"image_url or slack_file is needed [json-pointer:{where}]"
    if not block.get("alt_text"):
        yield f"missing required field: alt_text [json-pointer:{where}]"
    yield from _length(block, "image_url", 3_000, where)
    yield from _length(block, "alt_text", 2_000, where)


def _markdown(block: Json, where: str) -> Problems:
    if not isinstance(block.get("text"), str) or not block["text"]:
        yield f"missing required field: text [json-pointer:{where}]"


def _rich_text(block: Json, where: str) -> Problems:
    yield from _count(block.get("elements"), 1, 1_000, f"{where}/elements")


def _table(block: Json, where: str) -> Problems:
    rows = block.get("rows")
    yield from _count(rows, 1, TABLE_ROWS, f"{where}/rows")
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        yield from _count(row, 1, TABLE_CELLS, f"{where}/rows/{number}")


def _anything(_block: Json, _where: str) -> Problems:
    yield from ()


def _button(element: Json, where: str) -> Problems:
    yield from _text(element, "text", 75, where, required=True)
    yield from _length(element, "value", 2_000, where)
    yield from _length(element, "url", 3_000, where)
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be primary or danger [json-pointer:{where}/style]"


def _static_options(element: Json, where: str) -> Problems:
    yield from _text(element, "placeholder", 150, where)
    if "option_groups" in element:
        yield from _option_groups(element["option_groups"], 1, where)
    else:
        yield from _options(element.get("options"), 1, 100, where)


def check_suggestions(reply: Json) -> Problems:
    """What is wrong with an app's answer to a `block_suggestion`; no options at all is fine."""
    if "option_groups" in reply:
        yield from _option_groups(reply["option_groups"], 0, "")
    else:
        yield from _options(reply.get("options"), 0, 100, "")


def _option_groups(groups: Any, least: int, where: str) -> Problems:
    yield from _count(groups, least, 100, f"{where}/option_groups")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        place = f"{where}/option_groups/{number}"
        if not isinstance(group, dict):
            yield f"must be an object [json-pointer:{place}]"
            continue
        yield from _text(group, "label", 75, place, required=True)
        yield from _options(group.get("options"), 1, 100, place)


def _options(options: Any, least: int, most: int, where: str) -> Problems:
    yield from _count(options, least, most, f"{where}/options")
    for number, option in enumerate(options if isinstance(options, list) else []):
        place = f"{where}/options/{number}"
        if not isinstance(option, dict):
            yield f"must be an object [json-pointer:{place}]"
            continue
        yield from _text(option, "text", 75, place, required=True, mrkdwn=True)
        yield from _text(option, "description", 75, place, mrkdwn=True)
        yield from _length(option, "value", 150, place)


def _few_options(most: int) -> Callable[[Json, str], Problems]:
    def check(element: Json, where: str) -> Problems:
        yield from _options(element.get("options"), 1, most, where)

    return check


def _text_input(element: Json, where: str) -> Problems:
    yield from _text(element, "placeholder", 150, where)
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = element.get(name, least)
        if not (isinstance(length, int) and least <= length <= INPUT_LENGTH):
            yield f"must be between {least} and {INPUT_LENGTH} [json-pointer:{where}/{name}]"


def _placeholder(element: Json, where: str) -> Problems:
    yield from _text(element, "placeholder", 150, where)


def _element(element: Any, where: str, allowed: frozenset[str]) -> Problems:
    kind = _type(element)
    if kind not in allowed:
        yield f"unsupported type: {kind} [json-pointer:{where}/type]"
        return
    yield from _length(element, "action_id", ID_LENGTH, where)
    yield from ELEMENTS[kind](element, where)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}/confirm")


def _confirm(confirm: Any, where: str) -> Problems:
    if not isinstance(confirm, dict):
        yield f"must be an object [json-pointer:{where}]"
        return
    yield from _text(confirm, "title", 100, where, required=True)
    yield from _text(confirm, "text", 300, where, required=True, mrkdwn=True)
    yield from _text(confirm, "confirm", 30, where, required=True)
    yield from _text(confirm, "deny", 30, where, required=True)


def _text(
    holder: Json, name: str, most: int, where: str, *, required: bool = False, mrkdwn: bool = False
) -> Problems:
    if holder.get(name) is None:
        if required:
            yield f"missing required field: {name} [json-pointer:{where}]"
        return
    yield from _text_object(holder[name], most, f"{where}/{name}", mrkdwn=mrkdwn)


def _text_object(value: Any, most: int, where: str, *, mrkdwn: bool = False) -> Problems:
    kinds = {"plain_text", "mrkdwn"} if mrkdwn else {"plain_text"}
    if _type(value) not in kinds or not isinstance(value.get("text"), str):
        yield f"must be a text object of type {' or '.join(sorted(kinds))} [json-pointer:{where}]"
    elif not 1 <= len(value["text"]) <= most:
        yield f"must have 1 to {most} characters [json-pointer:{where}/text]"


def _length(holder: Json, name: str, most: int, where: str) -> Problems:
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        yield f"must be a string [json-pointer:{where}/{name}]"
    elif value is not None and len(value) > most:
        yield f"must be no more than {most} characters [json-pointer:{where}/{name}]"


def _count(value: Any, least: int, most: int, where: str) -> Problems:
    if not isinstance(value, list) or not least <= len(value) <= most:
        yield f"must be a list of {least} to {most} items [json-pointer:{where}]"


def _unique(ids: Iterator[Any], name: str) -> Problems:
    for value, times in Counter(str(one) for one in ids if one).items():
        if times > 1:
            yield f"{name} {value} is used more than once"


def _type(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


Check: TypeAlias = Callable[[Json, str], Problems]

MESSAGE_ONLY: Final = frozenset({"markdown", "table", "file", "context_actions"})
BLOCKS: Final[dict[str, Check]] = {
    "section": _section,
    "actions": _actions,
    "context": _context,
    "context_actions": _anything,
    "header": _header,
    "input": _input,
    "divider": _anything,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "table": _table,
    "video": _anything,
    "file": _anything,
}
ELEMENTS: Final[dict[str, Check]] = {
    "button": _button,
    "workflow_button": _button,
    "static_select": _static_options,
    "multi_static_select": _static_options,
    "external_select": _placeholder,
    "multi_external_select": _placeholder,
    "users_select": _placeholder,
    "multi_users_select": _placeholder,
    "conversations_select": _placeholder,
    "multi_conversations_select": _placeholder,
    "channels_select": _placeholder,
    "multi_channels_select": _placeholder,
    "overflow": _few_options(5),
    "radio_buttons": _few_options(10),
    "checkboxes": _few_options(10),
    "datepicker": _placeholder,
    "timepicker": _placeholder,
    "datetimepicker": _anything,
    "plain_text_input": _text_input,
    "email_text_input": _placeholder,
    "url_text_input": _placeholder,
    "number_input": _placeholder,
    "rich_text_input": _placeholder,
    "file_input": _anything,
    "image": _image,
}
TYPED: Final = frozenset(
    {
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
    }
)
BUTTONS: Final = frozenset({"button", "workflow_button", "overflow"})
INPUTS: Final = frozenset(ELEMENTS) - BUTTONS - {"image"}
ACTIONS: Final = frozenset(ELEMENTS) - TYPED - {"image"}
ACCESSORIES: Final = frozenset(ELEMENTS) - TYPED
