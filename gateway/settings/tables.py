"""What all settings are made of: tables, and what knows where it was read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from gateway.routes.problems import Path as Steps
from gateway.settings.layers import PREFIX, Layers
from gateway.settings.shapes import leaves


class Section(BaseModel):
    """A table of settings: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Sourced(BaseSettings):
    """Read from environment, secrets directory and file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, defer_build=True
    )
    _layers: Layers | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)
    _as_read: Mapping[Steps, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given: `loading` reads the sources, and remembers which said what."""
        return (init_settings,)

    def read_from(self, layers: Layers, folder: Path | None) -> None:
        """Remember where all of this was read."""
        self._layers, self._folder = layers, folder
        self._as_read = dict(leaves(self))

    @property
    def layers(self) -> Layers | None:
        """Where all of this was read; `None` when a program made it."""
        return self._layers

    @property
    def as_read(self) -> Mapping[Steps, Any]:
        """Every value as it was read; a copy may have been changed since, by a flag."""
        return self._as_read

    @property
    def secrets(self) -> Path | None:
        """The folder with a file for each secret."""
        return self._folder
