"""All settings, read from where an operator wrote them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.settings.model import AppSettings, Settings
from gateway.settings.reading import load, load_text, variables_of


def load_settings(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read and check everything; the arguments are those of `load`.

    Raises:
        ConfigurationError: with every problem found.
    """
    return load(Settings, config, environment)


def load_app_settings(config: Path | None = None) -> AppSettings:
    """Read what is known of our apps before there are secrets.

    Raises:
        ConfigurationError: with every problem found.
    """
    return load(AppSettings, config, whole=Settings)


def load_written(text: str, name: str) -> Settings:
    """Read and check settings that stand in no file, with environment and secrets as they are.

    Raises:
        ConfigurationError: with every problem found.
    """
    return load_text(Settings, text, name)


def known_variables() -> Iterator[str]:
    """List the environment names of all settings that are written as one value."""
    return variables_of(Settings)
