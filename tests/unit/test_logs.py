"""The last net of the log: whatever reaches it, no secret and no forged line leaves it."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from gateway.log_context import InContext, LogContext
from gateway.logs import redact, set_up_logs
from gateway.ports.tracing import UNTRACED
from gateway.system import LogAndCount
from tests.fakes.clock import MovedClock

SECRETS = (
    "xoxb-17653672481-19874698323",
    "xapp-1-A0123-abcdef",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Bearer 0123456789abcdef",
    "Basic aWQ6c2VjcmV0",
    "https://hooks.slack.com/commands/T0/1/abc",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    """In a sentence, a list, a table, a traceback."""
    event: dict[str, Any] = {
        "event": f"said {secret} aloud",
        "names": ["fine", secret],
        "inner": {"deep": (secret,)},
        "exception": f"Traceback\n  header = '{secret}'",
        "count": 3,
    }
    told = json.dumps(redact(None, "", event))
    assert secret.rpartition(" ")[2] not in told
    assert "fine" in told


@pytest.mark.parametrize("key", ["token", "Authorization", "text", "body", "password"])
def test_what_is_called_a_secret_is_hidden_whatever_it_looks_like(key: str) -> None:
    """Page text, too: nobody logs it by mistake."""
    assert redact(None, "", {"event": "x", key: "plain"})[key] == "[hidden]"
    assert redact(None, "", {"inner": {key: "plain"}})["inner"][key] == "[hidden]"


@given(st.text())
def test_a_line_stays_one_line(said: str) -> None:
    """Whatever a foreign system calls itself, it begins no line and moves no cursor."""
    (told,) = (str(value) for value in redact(None, "", {"name": said}).values())
    assert told.splitlines() in ([told], [])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", told)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as JSON, as set up in production."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    set_up_logs("debug", json=True)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Wait for what is still to be written, and read it."""
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.stream.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_what_it_belongs_to(written: io.StringIO) -> None:
    """Calls know nothing of pages; their lines do, and only while they are about one."""
    context = LogContext(UNTRACED)
    observer = InContext(LogAndCount(CollectorRegistry(), MovedClock()), context)
    with context.span("attempt SendPage", page_id="pg_7K2M", delivery_id=4):
        observer.saw("pager.called", call="company-pager.send", status=200)
    observer.saw("directory.read", extensions=3)
    with context.span("POST /slack/events", request_id="r1") as noted:
        observer.saw("page.accepted", page_id="pg_8L3N")
    called, read, accepted = lines(written)
    assert (called["page_id"], called["delivery_id"]) == ("pg_7K2M", 4)
    assert "page_id" not in read
    assert (accepted["page_id"], accepted["request_id"]) == ("pg_8L3N", "r1")
    assert noted == {"page_id": "pg_8L3N"}


def test_libraries_write_the_same_lines(written: io.StringIO) -> None:
    """Also as JSON, also redacted, with their tracebacks inside the record."""
    try:
        int(SECRETS[0])
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    (line,) = lines(written)
    assert line["level"] == "error"
    assert "ValueError" in line["exception"]
    assert SECRETS[0] not in json.dumps(line)
