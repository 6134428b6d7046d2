"""Interactive elements: their state, as `view.state.values` and `actions` carry it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from adapters.chat.slack_simulator.wire import Json, SlackError

# Where an element keeps its value in a state, and the property of the element it starts from.
STATE_KEYS: Final = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
INTERACTIVE: Final = frozenset({*STATE_KEYS, "button", "overflow", "workflow_button"})
MANY: Final = {"selected_options", "selected_users", "selected_conversations", "selected_channels"}
KINDS: Final = {"rich_text_value": dict, "selected_date_time": int, "files": list}
OPTIONS: Final = {"selected_option", "selected_options"}


@dataclass(frozen=True)
class Placed:
    """An element and the block it stands in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """The id of the block."""
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        """The id of the element."""
        return str(self.element.get("action_id", ""))

    @property
    def is_input(self) -> bool:
        """Whether a form is submitted with it."""
        return self.block.get("type") == "input"


def elements_of(blocks: list[Json]) -> Iterator[Placed]:
    """Every interactive element, in reading order."""
    for block in blocks:
        several = block.get("elements") if block.get("type") == "actions" else None
        for element in [block.get("element"), block.get("accessory"), *(several or [])]:
            if isinstance(element, dict) and element.get("type") in INTERACTIVE:
                yield Placed(block, element)


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> Placed:
    """The element of that id.

    Raises:
        SlackError: `action_not_found`: nothing there to click.
    """
    for placed in elements_of(blocks):
        if placed.action_id == action_id and block_id in {None, placed.block_id}:
            return placed
    raise SlackError("action_not_found")


def with_ids(blocks: list[Json], new_id: Callable[[], str]) -> list[Json]:
    """Blocks in which everything that may have an id has one, as Slack returns them."""
    return [_with_ids(block, new_id) for block in blocks]


def _with_ids(block: Json, new_id: Callable[[], str]) -> Json:
    filled = {**block, "block_id": block.get("block_id") or new_id()}
    for name in ("element", "accessory"):
        if isinstance(filled.get(name), dict):
            filled[name] = _with_action_id(filled[name], new_id)
    if filled.get("type") == "actions" and isinstance(filled.get("elements"), list):
        filled["elements"] = [_with_action_id(one, new_id) for one in filled["elements"]]
    return filled


def _with_action_id(element: Json, new_id: Callable[[], str]) -> Json:
    if element.get("type") not in INTERACTIVE or element.get("action_id"):
        return element
    return {**element, "action_id": new_id()}


def options_of(element: Json) -> list[Json]:
    """The options an element offers, groups flattened."""
    groups = element.get("option_groups") or []
    grouped = [option for group in groups for option in group.get("options", [])]
    return [*(element.get("options") or []), *grouped]


def initial_state(element: Json) -> Json | None:
    """The state before anybody touched it; None for an element without one (a button)."""
    kind = element.get("type", "")
    if kind not in STATE_KEYS:
        return None
    key, initial = STATE_KEYS[kind]
    empty: Any = [] if key in MANY else None
    return {"type": kind, key: element.get(initial, empty)}


def state_from(element: Json, given: Any, offered: list[Json]) -> Json:
    """The state after a person chose `given`: a value, or the state itself.

    Options may be given by their value; `offered` are those the app suggested.

    Raises:
        SlackError: `invalid_value`: not among the options, or of the wrong kind.
    """
    kind = element.get("type", "")
    key, _ = STATE_KEYS[kind]
    if isinstance(given, dict) and key in given:
        given = given[key]
    if key in OPTIONS:
        given = _options(element, given, offered, many=key in MANY)
    elif key in MANY:
        given = given if isinstance(given, list) else [given]
    elif key == "value" and given is not None:
        given = str(given)
    if not _fits(key, given):
        raise SlackError("invalid_value")
    return {"type": kind, key: given}


def _fits(key: str, value: Any) -> bool:
    """Whether a state may hold this under that key."""
    if key in OPTIONS or value is None:
        return True
    if key in MANY:
        return all(isinstance(one, str) for one in value)
    return isinstance(value, KINDS.get(key, str))


def _options(element: Json, given: Any, offered: list[Json], *, many: bool) -> Any:
    if many:
        if not isinstance(given, list):
            raise SlackError("invalid_value")
        return [_option(element, one, offered) for one in given]
    return None if given is None else _option(element, given, offered)


def _option(element: Json, given: Any, offered: list[Json]) -> Json:
    is_external = "external" in str(element.get("type"))
    if isinstance(given, dict):
        given = given.get("value")
    choices = offered if is_external else options_of(element)
    for option in choices:
        if option.get("value") == given:
            return {name: option[name] for name in ("text", "value") if name in option}
    if is_external and isinstance(given, str) and not offered:
        # A driver may choose without having asked for the options first.
        return {"text": {"type": "plain_text", "text": given, "emoji": True}, "value": given}
    raise SlackError("invalid_value")


def is_empty(state: Json) -> bool:
    """Whether nothing was entered or chosen."""
    key, _ = STATE_KEYS[state["type"]]
    value = state.get(key)
    return value is None or value in ("", [])
