"""What rehearsals share."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

_NUMBERS = count()


@pytest.fixture
def new_database(postgresql: PostgresServer) -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    made = f"rehearsal_{next(_NUMBERS)}"
    postgresql.execute(f"CREATE DATABASE {made}")
    yield postgresql.url(made)
    postgresql.execute(f"DROP DATABASE {made} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a new database; empty for a file of the company's own."""
    if request.param == "sqlite":
        return ""
    address: str = request.getfixturevalue("new_database")
    return address
