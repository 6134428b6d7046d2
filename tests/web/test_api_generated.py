"""Requests generated from our own description: each is answered as it says (rows T20, T37)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import AnyCase, every, few, operations, request_of
from tests.web.api_doors import CI, ApiWorld, api_world

KEPT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
OPERATIONS = operations(json.loads(KEPT.read_text(encoding="utf-8")))


@pytest.fixture
async def api() -> AsyncIterator[ApiWorld]:
    async with api_world() as world:
        world.description = {}
        yield world


@pytest.mark.parametrize("token", [f"Bearer {CI}", ""], ids=["a client", "anybody"])
@every(OPERATIONS)
@few
@given(data=st.data())
async def test_every_request_gets_an_answer(
    api: ApiWorld, cases: st.SearchStrategy[AnyCase], data: st.DataObject, token: str
) -> None:
    """Taken or refused with a code; nothing breaks, and nothing of us is told."""
    request = request_of(data.draw(cases))
    headers = {**request.headers, **({"Authorization": token} if token else {})}
    answer = await api.call(request.method, request.path, request.body, headers)
    assert answer.status < 500, request
    assert answer.status < 400 or answer.code
    assert "Traceback" not in answer.text
    assert api.acme.ears.events("request.crashed") == []
