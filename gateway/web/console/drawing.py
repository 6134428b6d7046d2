"""Templates to pages. Everything that is put in is escaped; nothing is ever marked as safe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.ports.clock import Clock

_HERE = Path(__file__).parent
STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Drawing:
    """Draws templates; knows what time it is, so that times are told from now."""

    clock: Clock
    _templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        """Set the templates up; each is read when it is first drawn."""
        templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do"],
        )
        templates.filters["ago"] = self._ago
        templates.filters["moment"] = _moment
        templates.filters["when"] = datetime.fromisoformat
        templates.filters["counted"] = _counted
        templates.globals["static"] = static_path
        object.__setattr__(self, "_templates", templates)

    def page(self, template: str, facts: Mapping[str, object]) -> str:
        """Draw a template with facts."""
        return self._templates.get_template(template).render(facts)

    def _ago(self, at: datetime) -> str:
        """Tell a time from now, roughly: `4 min ago`, `in 2 h`."""
        seconds = round((self.clock.now() - at).total_seconds())
        away = abs(seconds)
        if away < _MINUTE:
            told = f"{away} s"
        elif away < _HOUR:
            told = f"{away // _MINUTE} min"
        elif away < 2 * _DAY:
            told = f"{away // _HOUR} h"
        else:
            told = f"{away // _DAY} days"
        return f"{told} ago" if seconds >= 0 else f"in {told}"


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """Read a file that pages load; gives it and its version."""
    raw = (_HERE / "static" / name).read_bytes()
    return raw, sha256(raw).hexdigest()[:12]


def static_path(name: str) -> str:
    """Name the address of a file that pages load; another version has another address."""
    return f"/console/static/{static_file(name)[1]}/{name}"


def _moment(at: datetime) -> str:
    return f"{at:%-d %b %Y, %H:%M:%S}"


def _counted(count: int, one: str, many: str = "") -> str:
    """Count in words: `1 page`, `2 pages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", "\N{THIN SPACE}")
