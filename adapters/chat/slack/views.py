"""The paging form, its answers, and the home tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.chat.slack import limits
from adapters.chat.slack.blocks import Drawn, draw_blocks, fitted, label
from adapters.chat.slack.limits import clipped
from adapters.chat.slack.payload import Json, items, part, word
from adapters.chat.slack.text import whole
from gateway.domain.content import Content, Option, OptionGroup, PageForm, Paragraph, Span

PAGE_FORM = "page_form"

TO, TEXT, SEND_AS, WHERE = "to", "text", "as", "where"
"""Names of the fields: block id and action id alike, and the keys of `FormProblems`."""


def draw_form(form: PageForm) -> Drawn:
    """Draw the paging form; `draft` travels in `private_metadata`."""
    return {
        "type": "modal",
        "callback_id": PAGE_FORM,
        "private_metadata": form.draft,
        "title": label(form.title, limits.VIEW_TITLE),
        "submit": label(form.submit, limits.VIEW_TITLE),
        "close": label(form.close, limits.VIEW_TITLE),
        "blocks": [_to(form), _text(form), *_send_as(form), _where(form)],
    }


def _input(name: str, text: str, element: Drawn) -> Drawn:
    return {
        "type": "input",
        "block_id": name,
        "label": label(text, limits.INPUT_LABEL),
        "element": {"action_id": name, **element},
    }


def _to(form: PageForm) -> Drawn:
    element: Drawn = {
        "type": "multi_external_select",
        "min_query_length": 1,
        "max_selected_items": limits.SELECTED_MOST,
        "placeholder": label(form.to_placeholder, limits.PLACEHOLDER),
    }
    if form.to:
        element["initial_options"] = [_option(option) for option in form.to[: limits.SELECTED_MOST]]
    return _input(TO, form.to_label, element)


def _text(form: PageForm) -> Drawn:
    element: Drawn = {
        "type": "plain_text_input",
        "multiline": True,
        "max_length": limits.INPUT_TEXT,
        "focus_on_load": True,
    }
    if form.text:
        element["initial_value"] = whole(form.text)[: limits.INPUT_TEXT]
    drawn = _input(TEXT, form.text_label, element)
    if form.text_hint:
        drawn["hint"] = label(form.text_hint, limits.INPUT_LABEL)
    return drawn


def _send_as(form: PageForm) -> list[Drawn]:
    if not form.senders:
        return []
    options = [_option(sender) for sender in form.senders[: limits.OPTIONS]]
    element: Drawn = {"type": "static_select", "options": options, "initial_option": options[0]}
    return [{**_input(SEND_AS, form.send_as_label, element), "optional": True}]


def _where(form: PageForm) -> Drawn:
    element: Drawn = {"type": "conversations_select", "default_to_current_conversation": True}
    if form.channel:
        element["initial_conversation"] = form.channel
    return _input(WHERE, form.where_label, element)


def _option(option: Option) -> Drawn:
    text = label(option.label, limits.OPTION_LABEL)
    return {"text": text, "value": option.value[: limits.OPTION_VALUE]}


def draw_options(groups: Sequence[OptionGroup]) -> list[Drawn]:
    """Draw what the form offers while a name is typed: at most 100 options, no empty group."""
    drawn: list[Drawn] = []
    room = limits.OPTIONS
    for group in groups:
        options = [_option(option) for option in group.options[:room]]
        room -= len(options)
        if options:
            drawn.append({"label": label(group.label, limits.OPTION_LABEL), "options": options})
    return drawn


def draw_home(content: Content) -> Drawn:
    """Draw the home tab."""
    blocks = content.blocks or (Paragraph(((Span(content.summary),),)),)
    return {"type": "home", "blocks": list(fitted(tuple(draw_blocks(blocks)), limits.VIEW_BLOCKS))}


# --- what comes back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """What somebody entered; empty where they entered nothing."""

    to: tuple[str, ...]
    text: str
    send_as: str
    channel: str
    draft: str


def read_form(view: Json) -> Submitted:
    """Read the submitted paging form."""
    values = part(view, "state", "values")
    chosen = items(values, TO, TO, "selected_options")
    return Submitted(
        to=tuple(value for option in chosen if (value := word(option, "value"))),
        text=word(values, TEXT, TEXT, "value"),
        send_as=word(values, SEND_AS, SEND_AS, "selected_option", "value"),
        channel=word(values, WHERE, WHERE, "selected_conversation"),
        draft=word(view, "private_metadata"),
    )


def draw_problems(problems: Mapping[str, str], view: Json) -> dict[str, str]:
    """Put each sentence under its field; under the message if the form has no such field."""
    fields = {word(block, "block_id") for block in items(view, "blocks")} or {TO, TEXT}
    placed: dict[str, str] = {}
    for name, sentence in problems.items():
        field = name if name in fields else TEXT
        known = f"{placed[field]} {sentence}" if field in placed else sentence
        placed[field] = clipped(known, limits.INPUT_LABEL)
    return placed
