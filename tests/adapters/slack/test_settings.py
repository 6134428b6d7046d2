"""What an operator may set."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from adapters.chat.slack.settings import SlackSettings

TOKEN = SecretStr("xoxb-1")


@pytest.mark.parametrize("name", list(SlackSettings.model_fields))
def test_every_setting_is_described_and_shown(name: str) -> None:
    """A sentence and an example each."""
    field = SlackSettings.model_fields[name]
    assert field.description
    assert field.examples


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"signing_secret": ""},
        {"signing_secret": []},
        {"mode": "socket"},
        {"signing_secret": "s", "api_url": "slack.com/api"},
        {"signing_secret": "s", "command": "page"},
        {"signing_secret": "s", "unknown": 1},
        {"signing_secret": "s", "timeout_s": 0},
    ],
)
def test_what_cannot_work_is_refused_at_start(given: dict[str, Any]) -> None:
    """An empty secret would refuse every request, hours later."""
    with pytest.raises(ValidationError):
        SlackSettings(bot_token=TOKEN, **given)


def test_one_secret_or_several() -> None:
    """Two while one is rotated."""
    one: Any = {"signing_secret": "a"}
    two: Any = {"signing_secret": ["a", "b"]}
    assert SlackSettings(bot_token=TOKEN, **one).secrets() == ("a",)
    assert SlackSettings(bot_token=TOKEN, **two).secrets() == ("a", "b")


def test_secrets_do_not_show() -> None:
    """Not in a dump of the settings, not in an error."""
    given: Any = {"signing_secret": ["s3cret", "s4cret"], "app_token": "xapp-9"}
    settings = SlackSettings(bot_token=SecretStr("xoxb-9"), **given)
    shown = f"{settings} {settings!r} {settings.model_dump_json()}"
    assert not any(secret in shown for secret in ("s3cret", "s4cret", "xoxb-9", "xapp-9"))
