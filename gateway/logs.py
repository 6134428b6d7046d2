"""Log set-up: readable on a terminal, JSON otherwise, and a last net for secrets."""

import atexit
import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from json import JSONEncoder
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO, cast

import structlog

_SECRET_KEYS = frozenset(
    {"token", "secret", "password", "authorization", "jwt", "signature", "text", "body", "trigger"}
)
_SECRET_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[.-][\w.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?i:bearer|basic) \S+"
    r"|https://hooks\.slack[\w.-]*/\S+"
)
_HIDDEN = "[hidden]"
_ENCODE = JSONEncoder(default=repr).encode
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class PatientStream:
    """A stream that nobody waits for: a thread of its own writes.

    A collector that stops reading would stop the service with it. What does not fit in memory
    then, or on a full disk, is left out, and the next line that does fit is preceded by how much
    that was.
    """

    def __init__(self, stream: TextIO, most: int = 10_000) -> None:
        self._stream = stream
        self._most = most
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        self._left_out = 0
        self._writer = Thread(target=self._write_on, name="log", daemon=True)
        self._writer.start()
        atexit.register(self.close)

    def write(self, text: str) -> None:
        """Hand a piece over; it is written later, in order."""
        if self._waiting.qsize() >= self._most:
            self._left_out += 1
            return
        if self._left_out:
            self._waiting.put(f"… {self._left_out} pieces of the log left out\n")
            self._left_out = 0
        self._waiting.put(text)

    def flush(self) -> None:
        """Do nothing: the thread flushes."""

    def close(self, within_s: float = 1.0) -> None:
        """Let what waits be written, not for long."""
        self._waiting.put(None)
        self._writer.join(within_s)

    def _write_on(self) -> None:
        while (text := self._waiting.get()) is not None:
            try:
                self._stream.write(text)
                if self._waiting.empty():
                    self._stream.flush()
            except (OSError, ValueError):  # a full disk, a closed stream
                self._left_out += 1


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what looks like a secret; spell out what speaks to a terminal, whatever put it there.

    The last net, not the first. Nobody forges a line, or moves an operator's cursor.
    """
    for key, value in event.items():
        if _is_secret(key):
            event[key] = _HIDDEN
        elif type(value) is str:
            if _is_harmless(value):
                continue
            hidden = _SECRET_SHAPES.sub(_HIDDEN, value)
            event[key] = hidden if key == "exception" else _spelt_out(hidden)
        elif value is not None and type(value) is not int:
            event[key] = _redacted(value)
    return event


@lru_cache(1024)
def _is_secret(key: str) -> bool:
    return key.lower() in _SECRET_KEYS


def _is_harmless(value: str) -> bool:
    """Whether nothing is to be replaced, as hardly ever there is."""
    return value.isprintable() and not _SECRET_SHAPES.search(value)


def _spelt_out(value: str) -> str:
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], value)


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return _spelt_out(_SECRET_SHAPES.sub(_HIDDEN, value))
        case list() | tuple():
            return [_redacted(each) for each in value]
        case dict():
            return redact(None, "", {str(key): each for key, each in value.items()})
        case _:
            return value


def _as_json(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    return _ENCODE(event)


def set_up_logs(level: str, *, json: bool | None = None) -> None:
    """Send our own and the libraries' logs to standard error, one line each.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        json: force a form; `None` chooses JSON unless standard error is a terminal.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        # The console renderer draws exceptions itself.
        *((structlog.processors.format_exc_info,) if as_json else ()),
        redact,
        # What we add ourselves holds no secret.
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    draw: structlog.typing.Processor = (
        _as_json if as_json else structlog.dev.ConsoleRenderer(colors=True)
    )
    stream = PatientStream(sys.stderr)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, draw],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", stream)),
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging(stream, shared, draw, number)


def _adopt_standard_logging(
    stream: PatientStream,
    shared: list[structlog.typing.Processor],
    draw: structlog.typing.Processor,
    number: int,
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, draw],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
    # Bolt and the SDK log whole request bodies at INFO; only what is wrong may pass.
    for name in ("slack_bolt", "slack_sdk", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.ERROR)
