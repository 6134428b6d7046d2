"""The page that lists every error: `docs/reference/errors.md`.

`python -m gateway.bootstrap.errors_page` writes it from the classes, the translation tables of the
adapters and the English words; nothing of it stands anywhere else.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from adapters.chat.slack.errors import REFUSALS, SIGNED_OUT, THROTTLED, UNKNOWN
from adapters.pager.ringcentral.errors import TABLE, Said, Subject
from gateway.domain.errors import (
    Audience,
    ChatOutcomeUnknownError,
    ChatRefusedError,
    ChatSignedOutError,
    ChatThrottledError,
    Disposition,
    GatewayError,
)
from gateway.text.language_file import LanguageFile
from gateway.text.templates import Slot
from gateway.web.api_errors import STATUS

_HEAD = """\
# Errors

Every code that answers, logs (`error_code`), metrics (`reason`) and `gateway why` speak of. What is
*known* decides what happens: a refusal is final and its author is told; *later* is tried again by
itself; *may have been sent* is looked for before anything is sent again. Words have {places}; where
several fit, the first is shown. This page is written by `python -m gateway.bootstrap.errors_page`.

| Code | Is | Known | Hears of it | Words |
|---|---|---|---|---|
"""
_PAGER = """
## What RingCentral says

By status and code, never by message text. A code that is not here is decided by its status: 401
signs in again, 408 and 5xx may have been sent, 429 waits, other 4xx are `pager.rejected`, with
RingCentral's code and trace in the log.

| Ours | Status and code |
|---|---|
"""
_SLACK = """
## What Slack says

| Ours | Codes |
|---|---|
"""
_API = """
## What the HTTP API says

Other refusals of `/api/v1` have status 422: understood, and not possible as it is. Their codes are
those of the first table.

| Code | Status | Words |
|---|---|---|
"""
_KNOWN = {
    Disposition.REFUSED: "refused",
    Disposition.RETRY_LATER: "later",
    Disposition.MAY_HAVE_BEEN_SENT: "may have been sent",
}
_HEARERS = {
    Audience.AUTHOR: "author",
    Audience.OPERATOR: "operators",
    Audience.BOTH: "author, operators",
}


def page() -> str:
    """Write the whole page."""
    words = LanguageFile.load("en")
    ours = sorted(_ours(words))
    return (
        "".join((_HEAD, *ours, _PAGER, *_of_ringcentral(), _SLACK, *_of_slack()))
        + _API
        + "".join(_of_api(words))
    )


def leaves(kind: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    """List every error that is raised: those at the ends of the tree, by whatever branch."""
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


def _ours(words: LanguageFile) -> Iterator[str]:
    for kind in leaves():
        known, hearers = _KNOWN[kind.disposition], _HEARERS[kind.audience]
        yield _row(f"`{kind.code}`", _first_sentence(kind), known, hearers, _said(words, kind.code))


def _first_sentence(kind: type[GatewayError]) -> str:
    paragraph = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    # What follows is about fields, for those who write code.
    return re.split(r"\. |[;:] `", paragraph)[0].removesuffix(".")


def _said(words: LanguageFile, key: str) -> str:
    """Give what stands first for a key, with its places; nothing when nobody is told."""
    usual = sorted(words.notices.get(key, ()), key=lambda each: len(each.when))
    phrases = (words.phrases.get(key, ()), *(each.verdict for each in usual))
    said = next((alternative for phrase in phrases for alternative in phrase), None)
    lines = said.forms["other"].lines if said else ()
    return " ".join("".join(map(_shown, pieces)) for pieces in lines)


def _shown(piece: object) -> str:
    return f"{{{piece.name}}}" if isinstance(piece, Slot) else str(getattr(piece, "text", ""))


def _of_ringcentral() -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in TABLE:
        code = row.make(Said(row.status, row.code), Subject()).code
        about = f" about `{row.about}`" if row.about else ""
        found[code].append(f"{row.status} {row.code}{about}")
    for code, said in sorted(found.items()):
        yield _row(f"`{code}`", ", ".join(said))


def _of_slack() -> Iterator[str]:
    for reason, codes in REFUSALS.items():
        yield _row(f"`{ChatRefusedError.code}` ({reason})", _listed(codes))
    yield _row(f"`{ChatSignedOutError.code}`", _listed(SIGNED_OUT))
    yield _row(f"`{ChatThrottledError.code}`", _listed(THROTTLED))
    yield _row(f"`{ChatOutcomeUnknownError.code}`", _listed(UNKNOWN))


def _of_api(words: LanguageFile) -> Iterator[str]:
    for code, status in STATUS.items():
        yield _row(f"`{code}`", str(status), _said(words, code))


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
