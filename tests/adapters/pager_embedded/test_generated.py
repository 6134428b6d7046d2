"""Requests generated from RingCentral's own schema: our pager breaks at none (rows T20, T37)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.adapters.pager_embedded.conftest import Office, Phone
from tests.adapters.pager_embedded.openapi import FILE
from tests.generated import AnyCase, every, few, operations, request_of

OPERATIONS = operations(YAML(typ="safe").load(FILE))


@pytest.fixture
async def dana(office: Office) -> Phone:
    return await office.phone("104")


@every(OPERATIONS)
@few
@given(data=st.data())
async def test_every_request_gets_an_answer(
    dana: Phone, cases: st.SearchStrategy[AnyCase], data: st.DataObject
) -> None:
    """Done or refused with an error code of RingCentral's, whoever's account it names."""
    case = data.draw(cases)
    for name in ("accountId", "extensionId"):
        if name in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters[name] = "~"
    request = request_of(case)
    answer = await dana.call(
        request.method, request.path, data=request.body, headers={**request.headers}
    )
    assert answer.status < 500, request
    assert answer.status < 400 or {"errorCode", "error"} & answer.body.keys()
