"""Modals and Home tabs: what is open for whom, and how the app may change it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.chat.slack_simulator.blocks import check_view
from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.elements import (
    Placed,
    elements_of,
    initial_state,
    state_from,
    with_ids,
)
from adapters.chat.slack_simulator.ids import Ids, secret
from adapters.chat.slack_simulator.stream import Stream
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import Workspace

STACK: Final = 3
EMPTY_TEXTS: Final = {"title": None, "close": None, "submit": None}


@dataclass
class View:
    """One open view. `content` is what the app sent; `values` what the person entered."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    # What the app suggested for an external select, by (block_id, action_id).
    offered: dict[tuple[str, str], list[Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, every one with an id."""
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def external_id(self) -> str:
        """The app's own id for it, or an empty string."""
        return str(self.content.get("external_id") or "")

    def enter(self, placed: Placed, given: Any) -> Json:
        """Keep what a person entered or chose; the element's new state.

        Raises:
            SlackError: `invalid_value`.
        """
        offered = self.offered.get((placed.block_id, placed.action_id), [])
        state = state_from(placed.element, given, offered)
        self.values.setdefault(placed.block_id, {})[placed.action_id] = state
        return state

    def keep_values(self) -> None:
        """Values of elements that are (still) there; others start afresh."""
        fresh: dict[str, dict[str, Json]] = {}
        for placed in elements_of(self.blocks):
            state = initial_state(placed.element)
            if state is None:
                continue
            kept = self.values.get(placed.block_id, {}).get(placed.action_id)
            same = kept is not None and kept["type"] == state["type"]
            fresh.setdefault(placed.block_id, {})[placed.action_id] = (
                kept if same and kept else state
            )
        self.values = fresh


class Views:
    """The modal stack and the Home tab of each person."""

    def __init__(self, workspace: Workspace, clock: VirtualClock, ids: Ids, stream: Stream) -> None:
        self._workspace = workspace
        self._clock = clock
        self._ids = ids
        self._stream = stream
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """The modals of a person, the visible one last."""
        return self._stacks.setdefault(user, [])

    def home(self, user: str) -> View | None:
        """What is published on a person's Home tab."""
        return self._homes.get(user)

    def __iter__(self) -> Iterator[View]:
        for stack in self._stacks.values():
            yield from stack
        yield from self._homes.values()

    def get(self, view_id: str) -> View:
        """An open view.

        Raises:
            SlackError: `not_found`.
        """
        for view in self:
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """An open view by either id."""
        for view in self:
            if view_id == view.id or (external_id and external_id == view.external_id):
                return view
        raise SlackError("not_found")

    def open(self, user: str, content: Json) -> View:
        """Show a new modal in place of whatever modal was open."""
        view = self._made(user, content, "modal")
        self._stacks[user] = [view]
        self._announce(user)
        return view

    def push(self, user: str, content: Json) -> View:
        """Show another modal on top.

        Raises:
            SlackError: `push_limit_reached`: three are open.
        """
        stack = self.stack(user)
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        view = self._made(user, content, "modal")
        if stack:
            view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._announce(user)
        return view

    def update(self, view: View, content: Json, expected_hash: str | None = None) -> None:
        """Change what a view shows; what was entered stays where the elements stay.

        Raises:
            SlackError: `hash_conflict`: it changed since the app looked.
        """
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        view.content = self._checked(content, str(view.content["type"]), view.id)
        view.hash = self._hash()
        view.keep_values()
        self._announce(view.user, home=view.content["type"] == "home")

    def publish(self, user: str, content: Json, expected_hash: str | None = None) -> View:
        """Set a person's Home tab."""
        if (view := self._homes.get(user)) is not None:
            self.update(view, content, expected_hash)
            return view
        self._homes[user] = view = self._made(user, content, "home")
        self._announce(user, home=True)
        return view

    def close(self, view: View, *, all_of_them: bool = False) -> None:
        """Take a modal away, or the whole stack."""
        stack = self.stack(view.user)
        self._stacks[view.user] = [] if all_of_them else [one for one in stack if one is not view]
        self._announce(view.user)

    def as_json(self, view: View) -> Json:
        """The view object of payloads and answers."""
        content, app = view.content, self._workspace.app
        return {
            **EMPTY_TEXTS,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **content,
            "id": view.id,
            "team_id": self._workspace.team_id,
            "app_id": app.id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": app.bot_id,
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "state": {"values": copy.deepcopy(view.values)},
        }

    def _made(self, user: str, content: Json, kind: str) -> View:
        view_id = self._ids.next("V")
        view = View(view_id, user, self._checked(content, kind), self._hash(), view_id)
        view.keep_values()
        return view

    def _checked(self, content: Json, kind: str, own_id: str | None = None) -> Json:
        check_view(content, kind)
        external_id = content.get("external_id")
        if external_id and any(one.external_id == external_id and one.id != own_id for one in self):
            raise SlackError("duplicate_external_id")
        return {**content, "blocks": with_ids(content["blocks"], lambda: secret(3))}

    def _hash(self) -> str:
        return f"{int(self._clock.now())}.{secret(4)}"

    def _announce(self, user: str, *, home: bool = False) -> None:
        self._stream.publish("home" if home else "view", channel=None, user=user)
