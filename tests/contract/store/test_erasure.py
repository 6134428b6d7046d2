"""A person is taken out of every row that is over; what others wrote, ids and the trail stay."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from gateway.domain.audit import Act, Actor, AuditEntry, Verifier
from gateway.domain.ids import ChatUserId, ConversationId, DraftId, Ref
from gateway.domain.outbound import Notice, PostChatReply, SendPage, Whisper
from gateway.domain.pages import Origin, PageState
from gateway.ports.changes import (
    Audit,
    CountReply,
    Enqueue,
    Link,
    MovePage,
    NewPage,
    SaveDraft,
    SaveIncident,
    SaveSilence,
)
from gateway.ports.store import Erasure, Personal, Store, Unit
from tests.contract.store.values import (
    DBA,
    NOW,
    REF,
    SUPPORT,
    THREAD,
    WORKSPACE,
    attempt,
    draft,
    later,
    link,
    page,
    sent,
    settle,
)

ADA = Erasure("U1", "101", frozenset({"Ada", "Ada Lovelace"}))
BOB = ChatUserId("U2")
OTHERS = Ref("pg_8888")


async def wrote(store: Store, ref: str = REF, **facts: Any) -> None:
    """Somebody wrote a page, which is over."""
    new = page(ref=ref, **facts)
    over = MovePage(new.ref, PageState.SENT, later(1))
    await store.commit(Unit((NewPage(new), over)))


async def said(store: Store, *outbounds: Any, ref: Ref = REF) -> None:
    """Deliveries went out, one after the other."""
    for number, outbound in enumerate(outbounds):
        await store.commit(Unit((Enqueue(f"lane {ref} {number}", ref, outbound, NOW),)))
        await settle(store, await attempt(store), sent())


async def told(store: Store, refs: Sequence[Ref]) -> str:
    """Everything that is on record about pages, as one text."""
    pages = [asdict(found) for ref in refs if (found := await store.page(ref))]
    deliveries = [asdict(each) for ref in refs for each in await store.deliveries(ref)]
    return json.dumps([pages, deliveries], default=str)


async def test_what_somebody_wrote_goes_and_what_others_wrote_stays(store: Store) -> None:
    """Texts of their own pages and replies, their names everywhere; ids are kept."""
    await wrote(store, text="my secret", author_name="Ada")
    await said(
        store,
        SendPage(DBA, (SUPPORT,), "Ada via Slack: my secret", 1, 1),
        PostChatReply(THREAD, text="an answer", author=SUPPORT, author_name="Sam"),
        Whisper(WORKSPACE, ChatUserId("U1"), None, Notice("page.asked", {"text": "my secret"})),
    )
    await wrote(store, OTHERS, author=BOB, text="for Ada", author_name="Bob")
    await said(
        store,
        PostChatReply(THREAD, text="her words", author=DBA, author_name="Ada Lovelace"),
        ref=OTHERS,
    )
    await store.commit(Unit((CountReply(OTHERS, "Ada Lovelace", later(2)),)))
    found = await store.personal(ADA)
    assert found == Personal(pages=2, messages=3)
    assert "my secret" in await told(store, (REF, OTHERS))
    assert await store.erase(ADA) == found
    left = await told(store, (REF, OTHERS))
    assert not [each for each in ("my secret", "her words", "Ada") if f'"{each}' in left]
    assert not [each for each in ("secret", "her words", "Lovelace") if each in left]
    assert all(each in left for each in ("an answer", "Sam", "for Ada", "Bob", "U1"))
    assert await store.erase(ADA) == Personal()


async def test_a_conversation_they_began_on_the_pager_is_theirs(store: Store) -> None:
    """Its first words stand in a page of ours, without an author in the chat."""
    began: dict[str, Any] = {"origin": Origin.PAGER, "author": ChatUserId(""), "to": (DBA, SUPPORT)}
    await wrote(store, text="my secret", author_name="Ada Lovelace", **began)
    await wrote(store, OTHERS, text="theirs", author_name="Sam", **(began | {"to": (SUPPORT,)}))
    assert await store.erase(ADA) == Personal(pages=1)
    left = await told(store, (REF, OTHERS))
    assert "my secret" not in left
    assert "theirs" in left


async def test_what_is_still_to_be_sent_is_left_and_counted(store: Store) -> None:
    """A page that was accepted is sent as it was written; erasing it again finishes the work."""
    send = SendPage(DBA, (SUPPORT,), "my secret", 1, 1)
    await store.commit(Unit((NewPage(page(text="my secret")), Enqueue("lane", REF, send, NOW))))
    assert await store.erase(ADA) == Personal(open=2)
    (waiting,) = await store.deliveries(REF)
    assert waiting.outbound == send
    await settle(store, await attempt(store), sent())
    await store.commit(Unit((MovePage(REF, PageState.SENT, later(1)),)))
    assert await store.erase(ADA) == Personal(pages=1, messages=1)
    assert "my secret" not in await told(store, (REF,))


async def test_names_go_from_incidents_and_silences_and_drafts_go_whole(store: Store) -> None:
    """Who acknowledged, who muted; a draft is nothing but words."""
    facts = json.dumps({"history": [{"who": "Ada"}, {"who": "Sam"}], "title": "Ada is a language"})
    await store.commit(
        Unit(
            (
                SaveIncident(Ref("al_1"), "g", 0, facts, NOW),
                SaveSilence("sl_1", json.dumps({"author": "Ada"}), later(9)),
                SaveDraft(draft()),
                SaveDraft(replace(draft("d2"), author=BOB)),
            )
        )
    )
    assert await store.erase(ADA) == Personal(incidents=1, silences=1, drafts=1)
    incident = await store.incident(Ref("al_1"))
    assert incident
    assert json.loads(incident.facts) == {
        "history": [{"who": "(erased)"}, {"who": "Sam"}],
        "title": "Ada is a language",
    }
    assert incident.version == 2
    assert await store.draft(DraftId("d1")) is None
    assert await store.draft(DraftId("d2"))


async def test_more_rows_than_are_looked_at_at_once(store: Store) -> None:
    """Each is looked at once, whoever wrote in between."""
    for number in range(230):
        await wrote(store, f"pg_{number:04d}", text="my secret", author_name="Ada")
    assert await store.erase(ADA) == Personal(pages=230)


async def test_conversations_and_the_trail_stay(store: Store) -> None:
    """Threads go on, and every seal still holds."""
    await wrote(store, text="my secret")
    entry = AuditEntry(Act.PAGE_ACCEPTED, REF, Actor("T1/U1", "chat"), NOW)
    await store.commit(Unit((Link(link(), NOW), Audit(entry))))
    before = await store.audit(0, 10)
    await store.erase(ADA)
    assert await store.audit(0, 10) == before
    ends = await store.audit_ends()
    verifier = Verifier(ends.start, {})
    assert [verifier.follow(record) for record in before] == [None]
    assert verifier.end(ends) is None
    assert await store.link_of(DBA, ConversationId("9"))
