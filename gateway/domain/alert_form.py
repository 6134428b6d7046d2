"""The rules of the normal form: every source fills in a `Reading`, the rules are the same for all.

Labels are added, not replaced: an `alertmanager.yml` keeps its receivers. `severity` and
`alertname` are set where the sender has none. Only `source` is always ours, because routes trust
it; a sender's own one becomes `exported_source`, as Prometheus does with labels that collide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from gateway.domain.alerts import Alert, AlertLink, AlertStatus, Note, Severity

KEY_MOST = 255
TITLE_MOST = 1024
TEXT_MOST = 16_384
LABELS_MOST = 128
LABEL_NAME_MOST = 255
LABEL_VALUE_MOST = 4096
LINKS_MOST = 16
HREF_MOST = 2048
FUTURE_MOST = timedelta(days=1)
OLDEST_YEAR = 2000

SEVERITY_WORDS: Mapping[str, Severity] = {
    **dict.fromkeys(("critical", "crit", "fatal", "emergency", "page", "p1"), Severity.CRITICAL),
    **dict.fromkeys(("error", "high", "major", "p2"), Severity.ERROR),
    **dict.fromkeys(("warning", "warn", "minor", "p3"), Severity.WARNING),
    **dict.fromkeys(("info", "low", "p4", "p5", "none"), Severity.INFO),
}
"""What senders call it, in lower case; a source's own map is looked up first."""

_ADDED = ("source", "severity", "alertname")
_SLUG_MOST = 100
_ODD_IN_LINKS = re.compile(r"[\s\x00-\x1f\x7f\"<>\\]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source understood of one alert, in any length and as odd as it came.

    `severity` is the sender's word, empty when it has none. Times are aware, or `None`.
    """

    key: str
    event_id: str
    status: AlertStatus
    title: str = ""
    text: str = ""
    severity: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[AlertLink, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class NormalForm:
    """Makes alerts of one source out of readings. `words` are lower case, the operator's."""

    source: str
    default_severity: Severity = Severity.WARNING
    words: Mapping[str, Severity] = field(default_factory=dict)

    def alert(self, reading: Reading, received_at: datetime) -> Alert:
        """Apply every limit; what had to give way stands in the notes."""
        notes = list(reading.notes)
        key = bounded_key(reading.key)
        titles = (reading.title, reading.labels.get("alertname", ""), key)
        title = next(filter(None, map(_one_line, titles)), "alert")
        text = whole(reading.text).strip()
        if len(title) > TITLE_MOST:
            text = f"{title}\n\n{text}".strip()
        severity = self._severity(reading.severity, notes)
        foreign = dict(reading.labels)
        if key != whole(reading.key):
            foreign["dedup_key"] = reading.key
        ours = {"source": self.source, "severity": severity.value, "alertname": slug(title)}
        resolved = reading.status is AlertStatus.RESOLVED
        return Alert(
            source=self.source,
            source_event_id=bounded_key(reading.event_id),
            dedup_key=key,
            status=reading.status,
            severity=severity,
            title=_cut(title, TITLE_MOST, notes),
            text=_cut(text, TEXT_MOST, notes),
            labels=_labels(foreign, ours, notes),
            links=_links(reading.links, notes),
            starts_at=_plausible(reading.starts_at, received_at, notes),
            ends_at=_plausible(reading.ends_at, received_at, notes) if resolved else None,
            received_at=received_at,
            notes=tuple(dict.fromkeys(notes)),
        )

    def _severity(self, word: str, notes: list[Note]) -> Severity:
        known = word.strip().casefold()
        found = self.words.get(known) or SEVERITY_WORDS.get(known)
        if found is None and known:
            notes.append(Note.SEVERITY_UNKNOWN)
        return found or self.default_severity


def whole(text: str) -> str:
    """Drop what no database and no encoder takes: NUL, and halves of surrogate pairs."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "")


def bounded_key(key: str) -> str:
    """Keep a key as it is, or its SHA-256 when it is too long or nothing of it can be kept."""
    clean = whole(key)
    if len(clean) <= KEY_MOST and bool(clean) == bool(key):
        return clean
    return sha256(key.encode(errors="surrogatepass")).hexdigest()


def slug(title: str) -> str:
    """Make a label value of a title: `nightly-failed-on-main`."""
    words = re.sub(r"[\W_]+", "-", title.lower())
    return words.strip("-")[:_SLUG_MOST].rstrip("-") or "alert"


def is_web_address(href: str) -> bool:
    """Tell whether somebody may be shown this as a link."""
    if len(href) > HREF_MOST or _ODD_IN_LINKS.search(href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _one_line(text: str) -> str:
    return " ".join(whole(text).split())


def _cut(text: str, most: int, notes: list[Note]) -> str:
    if len(text) <= most:
        return text
    notes.append(Note.TRUNCATED)
    return text[: most - 1] + "…"


def _labels(
    foreign: Mapping[str, str], ours: Mapping[str, str], notes: list[Note]
) -> dict[str, str]:
    """Clean and bound labels. An empty value is an absent label, as in Prometheus."""
    labels = {"source": ours["source"]}
    cut = False
    # What routes are most likely to ask for comes first, so that a flood cannot push it out.
    for given, value in sorted(foreign.items(), key=lambda label: label[0] not in _ADDED):
        name, text = whole(given).strip(), whole(value)
        name = "exported_source" if name == "source" else name
        if not name or not text:
            continue
        cut |= len(name) > LABEL_NAME_MOST or len(text) > LABEL_VALUE_MOST
        if len(labels) >= LABELS_MOST - len(_ADDED):
            cut = True
            break
        labels.setdefault(name[:LABEL_NAME_MOST], text[:LABEL_VALUE_MOST])
    if cut:
        notes.append(Note.LABELS_CUT)
    return labels | {name: labels.get(name, value) for name, value in ours.items()}


def _links(given: tuple[AlertLink, ...], notes: list[Note]) -> tuple[AlertLink, ...]:
    """Keep each web address once."""
    wanted = {link.href: link.text for link in given if link.href}
    fit = [
        AlertLink(whole(href), _one_line(text)[:LABEL_NAME_MOST])
        for href, text in wanted.items()
        if is_web_address(href)
    ]
    if len(fit) < len(wanted) or len(fit) > LINKS_MOST:
        notes.append(Note.LINKS_DROPPED)
    return tuple(fit[:LINKS_MOST])


def _plausible(given: datetime | None, received_at: datetime, notes: list[Note]) -> datetime:
    if given is None:
        return received_at
    if given.year < OLDEST_YEAR or given > received_at + FUTURE_MOST:
        notes.append(Note.TIME_ODD)
        return received_at
    return given
