"""A reader of Slack's syntax of our own: what in a message would be alive.

Written from Slack's page on formatting text, not from the code under test.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

CONTROL = re.compile(r"<([^<>]+)>")
AUTO = re.compile(r"(?<![\w@])@(here|channel|everyone)\b|(?<![\w#])#\w|https?://\S")
# A mark opens after no letter and before no white space, and closes the other way round.
EMPHASIS = re.compile(r"(?<!\w)([*_~])(?=[^\s\ufeff]).*?[^\s\ufeff]\1(?!\w)")
CODE = re.compile(r"`[^`\n]+`")
QUOTE = re.compile(r"^(?:>|&gt;)", re.MULTILINE)


def controls(text: str) -> list[str]:
    """Everything between angle brackets."""
    return CONTROL.findall(text)


def styled(text: str) -> list[str]:
    """Runs that would be shown in bold, italics, struck, as code or as a quotation."""
    return [m[0] for pattern in (EMPHASIS, CODE, QUOTE) for m in pattern.finditer(text)]


def text_objects(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every text object anywhere in blocks."""
    if isinstance(node, Mapping):
        if node.get("type") in {"mrkdwn", "plain_text"} and isinstance(node.get("text"), str):
            yield node
        for value in node.values():
            yield from text_objects(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from text_objects(value)


def alive(node: Any) -> list[str]:
    """Every control sequence and every automatic mention or link in blocks."""
    found: list[str] = []
    for text_object in text_objects(node):
        if text_object["type"] == "mrkdwn":
            found += controls(text_object["text"])
            if text_object.get("verbatim") is not True:
                found += [m[0] for m in AUTO.finditer(text_object["text"])]
    return found
