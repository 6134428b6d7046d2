"""Small operations on lines of content."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from gateway.domain.content import Emphasis, Inline, Line, Mention, Moment, Span


def plain(line: Line) -> str:
    """Write a line without any markup."""
    return "".join(_plain(inline) for inline in line)


def _plain(inline: Inline) -> str:
    match inline:
        case Span(text):
            return text
        case Mention(_, fallback) | Moment(fallback=fallback):
            return fallback


def strong(line: Line) -> Line:
    """Make what is plain in a line stand out."""
    return tuple(
        replace(inline, emphasis=Emphasis.STRONG)
        if isinstance(inline, Span) and inline.emphasis is Emphasis.PLAIN
        else inline
        for inline in line
    )


def merged(inlines: Iterable[Inline]) -> Line:
    """Unite neighbours of one emphasis: platforms misread markup that ends and begins anew."""
    line: list[Inline] = []
    for emphasis, run in groupby(inlines, lambda i: i.emphasis if isinstance(i, Span) else None):
        if emphasis is None:
            line += run
        else:
            line.append(Span("".join(i.text for i in run if isinstance(i, Span)), emphasis))
    return tuple(line)
