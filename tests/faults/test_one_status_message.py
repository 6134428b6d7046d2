"""A page has one status message, whoever asks for it and however often."""

from pathlib import Path

import pytest

from gateway.domain.ids import ChannelId, Ref, WorkspaceId
from gateway.domain.outbound import PostChatMessage
from gateway.ports.changes import Enqueue
from gateway.ports.store import Unit
from gateway.services.lanes import chat_lane
from tests.faults.checker import broken_promises
from tests.faults.company import running_company
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.serving import serving
from tests.faults.upstream import read_upstream


async def test_two_lanes_that_begin_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outcome and answer may both find no status message and both ask for one."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        page = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(page)
        ref, status = Ref(page.ref), PostChatMessage(WorkspaceId("T0ACME"), ChannelId("C0PERSON"))
        asked = Enqueue(chat_lane(ref), ref, status, served.clock.now())
        await served.gateway.store.commit(Unit((asked,)))
        await settled(company, senders.log)
        assert broken_promises(senders.log, await read_upstream(company, USERS)) == []
