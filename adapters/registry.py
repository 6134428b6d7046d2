"""The only list of pager backends: their settings, and how each is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag

from adapters.pager.ringcentral import LinkedPerson, RingCentralPager, RingCentralSettings
from adapters.pager.ringcentral import open_ringcentral as _open_ringcentral
from adapters.pager.ringcentral.settings import Rates, Timeouts
from gateway.domain.directory import (
    Department,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.ids import ExtensionNumber
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.vault import Vault

_NO_LIMIT = 1_000_000


class RingCentralBackend(RingCentralSettings):
    """RingCentral, or anything that speaks its REST dialect."""

    backend: Literal["ringcentral"] = "ringcentral"

    @property
    def call_s(self) -> float:
        """The longest that a call may take, in seconds."""
        return self.timeouts.total_s


class EmbeddedBackend(BaseModel):
    """The company pager of our own, in this process, on a loopback port of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    backend: Literal["embedded"] = "embedded"
    data: Path = Field(
        default=Path("pager.db"), description="Where the company pager keeps its messages."
    )
    directory: Path | None = Field(
        default=None, description="People and departments (YAML or JSON); empty: a small example."
    )
    port: int = Field(default=0, ge=0, le=65535, description="Loopback port; 0 takes a free one.")
    shared_sender: str = Field(
        default="700", description="Extension that sends for people who are not linked."
    )

    @property
    def call_s(self) -> float:
        """The longest that a call may take, in seconds."""
        return Timeouts().total_s


def read_company(backend: EmbeddedBackend, at: datetime) -> DirectorySnapshot:
    """Read who is who from the file of the embedded pager, which need not run.

    Raises:
        OSError, ValueError: the file cannot be used; the embedded pager will say why.
    """
    from adapters.pager.embedded.directory_file import read_directory  # noqa: PLC0415 - only here

    company = read_directory(backend.directory)
    extensions = tuple(
        Extension(
            ExtensionNumber(each.number),
            each.name,
            ExtensionKind.DEPARTMENT if each.is_department else ExtensionKind.PERSON,
            ExtensionStatus.ENABLED if each.is_active else ExtensionStatus.DISABLED,
        )
        for each in company.by_number.values()
    )
    departments = tuple(
        Department(
            ExtensionNumber(each.number),
            each.name,
            tuple(ExtensionNumber(member.number) for member in company.members(each)),
        )
        for each in company.departments
    )
    return DirectorySnapshot(extensions, departments, at)


class UnknownPersonError(LookupError):
    """A person in the settings has an extension that the embedded company does not know."""

    def __init__(self, number: str) -> None:
        super().__init__(f"The company pager has no extension {number}.")


def _backend_of(given: object) -> str:
    if isinstance(given, dict):
        named = given.get("backend")
        if isinstance(named, str):
            return named
        return "ringcentral" if {"client_id", "jwt", "server_url"} & given.keys() else "embedded"
    return str(getattr(given, "backend", "embedded"))


PagerBackend = Annotated[
    Annotated[RingCentralBackend, Tag("ringcentral")] | Annotated[EmbeddedBackend, Tag("embedded")],
    Discriminator(_backend_of),
]


@asynccontextmanager
async def open_pager(
    backend: RingCentralBackend | EmbeddedBackend,
    people: dict[str, str],
    *,
    own_url: str | None,
    clock: Clock,
    ids: Ids,
    vault: Vault,
    observer: Observer,
) -> AsyncIterator[RingCentralPager]:
    """Open the chosen pager.

    `people` maps chat users to extension numbers; the embedded backend issues their credentials.
    `own_url` is where it reaches this process on loopback; without one we look now and then.

    Raises:
        UnknownPersonError: the embedded company has no such extension.
    """
    match backend:
        case RingCentralBackend():
            settings: RingCentralSettings = backend
            async with _open_ringcentral(
                settings, clock=clock, ids=ids, vault=vault, observer=observer
            ) as pager:
                yield pager
        case EmbeddedBackend():
            async with (
                _embedded(backend, people, own_url) as settings,
                _open_ringcentral(
                    settings, clock=clock, ids=ids, vault=vault, observer=observer
                ) as pager,
            ):
                yield pager


@asynccontextmanager
async def _embedded(
    backend: EmbeddedBackend, people: dict[str, str], own_url: str | None
) -> AsyncIterator[RingCentralSettings]:
    from adapters.pager.embedded import PagerServerConfig, RateLimits, running_pager  # noqa: PLC0415 - only here

    config = PagerServerConfig(
        port=backend.port,
        data=backend.data,
        directory=backend.directory,
        dev_credentials=True,
        limits=RateLimits.off(),
    )
    async with running_pager(config) as server:
        for number in (backend.shared_sender, *people.values()):
            if number not in server.jwt:
                raise UnknownPersonError(number)
        yield RingCentralSettings(
            public_url=own_url,
            sign_in=False,  # people's browsers do not reach a page on our loopback
            # Nobody but us asks this server, so nobody has to be protected from us.
            rates=Rates(light=_NO_LIMIT, medium=_NO_LIMIT, auth=_NO_LIMIT),
            server_url=server.url,
            client_id=server.client_id,
            client_secret=SecretStr(server.client_secret),
            jwt=SecretStr(server.jwt[backend.shared_sender]),
            people=tuple(
                LinkedPerson(chat_user=user, extension=number, jwt=SecretStr(server.jwt[number]))
                for user, number in people.items()
            ),
        )
