"""The forms, their answers, and the home tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.chat.slack import limits
from adapters.chat.slack.blocks import Drawn, draw_blocks, fitted, label
from adapters.chat.slack.limits import clipped
from adapters.chat.slack.payload import Json, items, part, word
from adapters.chat.slack.text import whole
from gateway.domain.content import (
    Content,
    Form,
    Option,
    OptionGroup,
    PageForm,
    Paragraph,
    SilenceForm,
    Span,
)

PAGE_FORM, SILENCE_FORM = "page_form", "silence_form"

TO, TEXT, SEND_AS, WHERE, LASTS = "to", "text", "as", "where", "lasts"
"""Names of the fields: block id and action id alike, and the keys of `FormProblems`."""


def draw_form(form: Form) -> Drawn:
    """Draw a form; what has to come back with it travels in `private_metadata`."""
    match form:
        case PageForm():
            blocks = [_to(form), _text(form), *_send_as(form), _where(form)]
            return _modal(PAGE_FORM, form, form.draft, blocks)
        case SilenceForm():
            blocks = [_what(form), _lasts(form), _reason(form)]
            return _modal(SILENCE_FORM, form, form.context, blocks)


def _modal(name: str, form: Form, context: str, blocks: list[Drawn]) -> Drawn:
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": context,
        "title": label(form.title, limits.VIEW_TITLE),
        "submit": label(form.submit, limits.VIEW_TITLE),
        "close": label(form.close, limits.VIEW_TITLE),
        "blocks": blocks,
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


def _what(form: SilenceForm) -> Drawn:
    return {"type": "section", "text": label(form.what, limits.SECTION)}


def _lasts(form: SilenceForm) -> Drawn:
    options = [_option(each) for each in form.lasts[: limits.OPTIONS]]
    element: Drawn = {"type": "static_select", "options": options, "initial_option": options[0]}
    return _input(LASTS, form.lasts_label, element)


def _reason(form: SilenceForm) -> Drawn:
    element: Drawn = {"type": "plain_text_input", "max_length": limits.REASON}
    drawn = _input(TEXT, form.text_label, element)
    return {**drawn, "hint": label(form.text_hint, limits.INPUT_LABEL)}


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


@dataclass(frozen=True, slots=True)
class SubmittedSilence:
    """What somebody entered in the form that silences."""

    lasts: str
    text: str
    context: str


def read_silence(view: Json) -> SubmittedSilence:
    """Read the submitted form that silences."""
    values = part(view, "state", "values")
    return SubmittedSilence(
        lasts=word(values, LASTS, LASTS, "selected_option", "value"),
        text=word(values, TEXT, TEXT, "value"),
        context=word(view, "private_metadata"),
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
