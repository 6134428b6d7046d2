"""The keys that seal secrets: made once, readable by their owner, never guessed."""

import base64
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.chat.slack import SlackSettings
from adapters.storage import VaultKeyError
from gateway.bootstrap.vault_keys import vault_keys
from gateway.settings import Settings, VaultSettings

KEY = base64.b64encode(b"k" * 32).decode()


def settings(file: Path, *keys: str) -> Settings:
    slack = SlackSettings(bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s" * 32))
    vault = VaultSettings(key_file=file, keys=tuple(map(SecretStr, keys)))
    return Settings(slack=slack, vault=vault)


def test_a_key_is_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    """Whole, for its owner's eyes, and with nothing left beside it."""
    file = tmp_path / "gateway.key"
    (made,) = vault_keys(settings(file))
    assert len(made) == 32
    assert vault_keys(settings(file)) == (made,)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_keys_of_the_settings_come_before_the_file(tmp_path: Path) -> None:
    """And then no file is made."""
    file = tmp_path / "gateway.key"
    assert vault_keys(settings(file, KEY)) == (b"k" * 32,)
    assert not file.exists()


def test_a_line_break_at_the_end_is_no_part_of_a_key(tmp_path: Path) -> None:
    """Editors add one."""
    file = tmp_path / "gateway.key"
    file.write_text(f"{KEY}\n")
    assert vault_keys(settings(file)) == (b"k" * 32,)


@pytest.mark.parametrize("text", ["not base64!", "ÿ", "abc"])
def test_what_is_no_key_is_explained_without_showing_it(tmp_path: Path, text: str) -> None:
    """In a file or in the settings."""
    file = tmp_path / "gateway.key"
    file.write_text(text, encoding="utf-8")
    for given in (settings(file), settings(tmp_path / "other", text)):
        with pytest.raises(VaultKeyError) as refused:
            vault_keys(given)
        assert text not in str(refused.value).replace("Base64", "")
