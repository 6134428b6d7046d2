"""The invariants, held against what the pager took, what the chat showed, and what people did.

What the gateway's own tables say is asked only for how a page is told to stand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from gateway.domain.audit import Act
from gateway.domain.outbound import SendPage, Wake
from gateway.domain.pager_text import find_refs
from gateway.domain.pages import Origin, Page, PageState
from gateway.services.auditing import AuditTrail
from tests.fakes.chat import Posted
from tests.fakes.pager import Accepted
from tests.simulation.ledger import Paged, Phoned, Said
from tests.simulation.loop import sleep, the_loop
from tests.simulation.stories import BETTER
from tests.simulation.weather import HANGS_S
from tests.simulation.world import World

_SILENCE_S, _BREAKER_S, _SLACK_S = 30.0, 15.0, 30.0
_AUTHORITY_S = 65.0
"""Who may is asked again when a delivery is a minute old; an answer takes moments."""
_MOST_TASKS = 40
_PAGES = 100
_OWN_FAULTS = ("delivery.crashed", "delivery.put_aside", "pager.message_broke")
_FURTHER_PARTS = ("(2/", "(3/")
_ALL_SENT = "✅ Sent"
_ONLY_MEMBERS = "Only members of this company"
_NOT_SENT = ("sent", "stays in Slack")
"""How people are told what became of their words."""


@dataclass
class Judge:
    """Looks at one world. Sentences begin with the invariant that is broken."""

    world: World
    _found: list[str] = field(default_factory=list)
    _pages: tuple[Page, ...] = ()

    def __post_init__(self) -> None:
        """Watch what is shown from the beginning."""
        self.world.around.chat.watcher = self._shown

    @property
    def bound_s(self) -> float:
        """How long after the last fault everything may take: pauses, proofs, and a set clock."""
        policy = self.world.around.policy
        return (
            policy.backoff_cap_s
            + max(policy.visible_after_s, policy.call_s)
            + HANGS_S
            + _SILENCE_S
            + _BREAKER_S
            + _SLACK_S
            + self.set_back_s
        )

    @property
    def set_back_s(self) -> float:
        """By how much longer what is due may take because the clock was set."""
        return sum(abs(by_s) for _, by_s in self.world.plan.steps)

    @property
    def waits_for_history(self) -> bool:
        """Whether something written is known to nobody but the chat's history."""
        ledger = self.world.ledger
        return any(one.heard_at is None for one in ledger.said)

    async def settles(self) -> None:
        """Wait until nothing is under way (I15)."""
        until = the_loop().time() + self.bound_s
        store = self.world.store()
        while await self._is_busy():
            if the_loop().time() > until:
                open_ones = [
                    f"{d.id} {type(d.outbound).__name__} {d.state} {d.fault}"
                    for page in await store.pages(_PAGES)
                    for d in await store.deliveries(page.ref)
                    if not d.state.final
                ]
                self._found.append(
                    f"I15: not finished {self.bound_s} s after the faults: {open_ones}"
                )
                return
            await sleep(1.0)

    async def _is_busy(self) -> bool:
        store = self.world.store()
        return (
            (await store.backlog()).oldest is not None
            or self._unheard()
            or await self._gathers_edits()
        )

    async def _gathers_edits(self) -> bool:
        """Whether a correction waits for further edits, which the backlog does not count."""
        if not any(one.then == "edited" for one in self.world.ledger.said):
            return False
        store = self.world.store()
        each = [d for page in await store.pages(_PAGES) for d in await store.deliveries(page.ref)]
        return any(isinstance(d.outbound, Wake) and not d.state.final for d in each)

    def _unheard(self) -> bool:
        """Whether somebody on the pager said something that nobody has read yet."""
        phoned = self.world.ledger.phoned
        shown = "".join(message.text for message in self._answers()) if phoned else ""
        return any(one.token not in shown for one in phoned)

    async def looks(self) -> None:
        """Read what the gateway says of itself, at the end."""
        store, around = self.world.store(), self.world.around
        self._pages = await store.pages(_PAGES)
        verdict = await AuditTrail(store, around.clock, around.observer).verify({})
        if verdict.broken:
            self._found.append(f"I11: the audit trail is broken: {verdict.broken}")
        self._found.extend([line for page in self._pages for line in await self._noted(page)])
        if verdict.followed < len([page for page in self._pages if page.origin is Origin.COMMAND]):
            self._found.append(f"I11: the audit trail vouches for {verdict.followed} records")
        for page in self._pages:
            parts = [
                d for d in await store.deliveries(page.ref) if isinstance(d.outbound, SendPage)
            ]
            self._found.extend(self._page(page, len(parts)))
        if len(the_loop().tasks) > _MOST_TASKS:
            self._found.append(f"I12: {len(the_loop().tasks)} tasks with nothing to do")

    async def _noted(self, page: Page) -> list[str]:
        """Look for a page in the audit trail: taken once, and taken back if it was."""
        if page.origin is not Origin.COMMAND:
            return []
        acts = Counter(r.act for r in await self.world.store().audit_newest(_PAGES, page.ref))
        wanted = Counter([Act.PAGE_ACCEPTED])
        wanted.update([Act.PAGE_CANCELLED] if page.state is PageState.CANCELLED else [])
        wanted.update([Act.PAGE_SENT_AGAIN] * acts[Act.PAGE_SENT_AGAIN])
        return [] if acts == wanted else [f"I11: of {page.ref} is noted: {dict(acts)}"]

    def broken(self) -> list[str]:
        """List every broken invariant."""
        return [
            *self.world.around.broken,
            *self._found,
            *self._repeated(),
            *(line for paged in self.world.ledger.paged for line in self._paged(paged)),
            *(line for one in self.world.ledger.said for line in self._said(one)),
            *(line for one in self.world.ledger.phoned for line in self._phoned(one)),
            *self._alarms(),
            *self._invented(),
            *self._disordered(),
            *self._unauthorised(),
            *self._leaked(),
            *self._own_faults(),
        ]

    # --- what the pager has -----------------------------------------------------------------

    def _ours(self, token: str = "") -> list[Accepted]:
        pager = self.world.around.pager
        both = zip(pager.accepted, pager.by_phone, strict=True)
        return [one for one, phoned in both if not phoned and token in one.text]

    def _repeated(self) -> Iterator[str]:
        forgiven = {value.partition(":")[0] for value in self.world.ledger.again}
        for text, count in Counter(one.text for one in self._ours()).items():
            if count > 1 and forgiven.isdisjoint(find_refs(text)):
                yield f"I2: sent {count} times: {text[:80]!r}"
        for marker, count in Counter(m.marker for m in self.world.around.chat.posted).items():
            if count > 1:
                yield f"I2: shown {count} times: {marker}"

    def _invented(self) -> Iterator[str]:
        ledger = self.world.ledger
        known = {
            *(paged.token for paged in ledger.paged),
            *(alarmed.token for alarmed in ledger.alarmed),
        }
        for one in self._ours():
            if not any(token in one.text for token in known):
                yield f"I3: nobody asked for {one.text!r}"
            if any(phoned.token in one.text for phoned in ledger.phoned):
                yield f"I9: what was said on the pager went out on the pager: {one.text!r}"
        for message in self._answers():
            if any(said.token in message.text for said in ledger.said):
                yield f"I9: what was written in the thread came back: {message.text!r}"

    def _answers(self) -> list[Posted]:
        return [message for message in self.world.around.chat.posted if message.speaker]

    # --- pages --------------------------------------------------------------------------------

    def _page(self, page: Page, parts: int) -> Iterator[str]:
        """Hold what is told of a page against what the pager has of it."""
        paged = self.world.ledger.page_of(page.text)
        if page.origin is not Origin.COMMAND or paged is None:
            return
        sent = {one.text for one in self._ours(page.ref) if self._is_page(paged, one)}
        whole, none = len(sent) >= parts > 0, not sent
        told = self.world.around.chat.told_to(page.author)
        match page.state:
            case PageState.SENT if not whole:
                yield f"I5: {page.ref} is told as sent, {len(sent)} of {parts} parts are"
            case PageState.REFUSED if whole:
                yield f"I5: {page.ref} is told as not sent, and was"
            case PageState.REFUSED if not any(
                page.ref in words and "Not sent" in words for words in told
            ):
                yield f"I1: {page.ref} was not sent, and its author was not told: {told}"
            case PageState.CANCELLED if not none:
                yield f"I5: {page.ref} is told as cancelled, and was sent"
            case PageState.SENT | PageState.REFUSED | PageState.CANCELLED:
                pass
            case _:
                yield f"I1: {page.ref} ended as {page.state}"
        yield from self._status(page)

    def _status(self, page: Page) -> Iterator[str]:
        roots = [m for m in self.world.around.chat.posted if m.root is None and page.ref in m.text]
        roots = [m for m in roots if m.marker.startswith(page.ref) and " paged " in m.text]
        if page.state is PageState.SENT and len(roots) != 1:
            yield f"I1: {page.ref} was sent, and {len(roots)} status messages stand"
        for root in roots:
            if (_ALL_SENT in root.text) != (page.state is PageState.SENT):
                yield f"I5: {page.ref} is {page.state}, and its status says {root.text!r}"

    def _is_page(self, paged: Paged, one: Accepted) -> bool:
        """Tell a page's own parts from replies in its conversation."""
        tokens = [said.token for said in self.world.ledger.said if said.page is paged]
        return not any(token in one.text for token in tokens)

    def _paged(self, paged: Paged) -> Iterator[str]:
        rows = [page for page in self._pages if paged.token in page.text]
        if paged.promised and not rows:
            yield f"I1: {paged.token} was promised, and nothing is known of it"
        if len(rows) > paged.wished:
            yield f"I3: {paged.token} was wished {paged.acks}, and there are {len(rows)} pages"
        for one in self._ours(paged.token):
            if not self._is_page(paged, one) or one.text.startswith(_FURTHER_PARTS):
                continue
            wanted = tuple(number for number in paged.plan.to if number != one.sender)
            if one.to != wanted:
                yield f"I3: {paged.token} was for {wanted}, and went to {one.to}"

    # --- threads --------------------------------------------------------------------------------

    def _said(self, one: Said) -> Iterator[str]:
        sent = self._ours(one.token)
        told = self.world.around.chat.told_to(one.author)
        if one.then == "deleted":
            return
        if one.then == "edited" and one.settled:
            sent = self._ours(f"{one.token} said {BETTER}")
        page = next((p for p in self._pages if p.thread == one.thread), None)
        about_it = (page.ref if page else "?", _ONLY_MEMBERS)
        told_so = (words for words in told if _any(_NOT_SENT, words))
        if not sent and not any(_any(about_it, words) for words in told_so):
            yield f"I1: reply {one.token} is neither sent nor its author told: {told}"
        pages = (each for each in self._ours(one.page.token) if self._is_page(one.page, each))
        conversations = {page_sent.conversation for page_sent in pages}
        if any(accepted.conversation not in conversations for accepted in sent):
            yield f"I3: reply {one.token} went into a strange conversation"

    def _phoned(self, one: Phoned) -> Iterator[str]:
        shown = [message for message in self._answers() if one.token in message.text]
        roots = self.world.around.chat.roots(one.page.token)
        if len(shown) != 1:
            yield f"I{1 if not shown else 2}: answer {one.token} is shown {len(shown)} times"
        if any(message.root not in roots for message in shown):
            yield f"I3: answer {one.token} is shown in a strange thread"

    def _disordered(self) -> Iterator[str]:
        texts = [one.text for one in self._ours()]
        for first, second in combinations(self.world.ledger.said, 2):
            heard = first.heard_at is not None and first.heard_at <= second.written_at
            if first.page is second.page and heard and not first.then and not second.then:
                yield from _falls(texts, first.token, second.token)
        shown = [message.text for message in self._answers()]
        for one, other in combinations(self.world.ledger.phoned, 2):
            if one.page is other.page:
                yield from _falls(shown, one.token, other.token)
        for page in self._pages:
            parts = [text[:5] for text in texts if text.startswith("(") and page.ref in text]
            if parts != sorted(parts):
                yield f"I4: parts of {page.ref} in the order {parts}"

    # --- alerts -------------------------------------------------------------------------------

    def _alarms(self) -> Iterator[str]:
        for alarmed in self.world.ledger.alarmed:
            shown = self.world.around.chat.roots(alarmed.token)
            if (shown or not alarmed.over) and not self._ours(alarmed.token):
                yield f"I1: alert {alarmed.token} paged nobody"

    # --- what else must hold ------------------------------------------------------------------

    def _shown(self, text: str) -> None:
        """See at once whether what is shown is true (I5)."""
        if _ALL_SENT not in text:
            return
        for ref in find_refs(text):
            if not self._ours(ref):
                self._found.append(f"I5: {ref} was shown as sent before it was")

    def _unauthorised(self) -> Iterator[str]:
        ledger, pager = self.world.ledger, self.world.around.pager
        words = {
            **{paged.token: paged.plan.author for paged in ledger.paged},
            **{said.token: said.author for said in ledger.said},
        }
        phoned = (pager.accepted, pager.taken_at, pager.by_phone)
        ours = ((one, at) for one, at, by_phone in zip(*phoned, strict=True) if not by_phone)
        for one, at in ours:
            # What has begun is said to its end: half a page would be worse. A correction was judged
            # with the edit, and waits for further ones.
            if one.text.startswith(_FURTHER_PARTS) or "Correction:" in one.text:
                continue
            tokens = sorted((token for token in words if token in one.text), key=len)
            for since, until in ledger.guests.get(words[tokens[-1]], ()) if tokens else ():
                if since + _AUTHORITY_S <= at <= until:
                    yield f"I6: a guest's words were sent: {one.text!r}"

    def _leaked(self) -> Iterator[str]:
        for facts in self.world.around.observer.facts:
            if "kw" in facts:
                yield f"I10: somebody's words are in the log: {facts}"

    def _own_faults(self) -> Iterator[str]:
        for event in _OWN_FAULTS:
            if event in self.world.around.observer.seen:
                yield f"I14: {event}"


def _any(tokens: Iterable[str], text: str) -> bool:
    return any(token in text for token in tokens)


def _falls(texts: list[str], first: str, second: str) -> Iterator[str]:
    places = [
        next((n for n, text in enumerate(texts) if token in text), None)
        for token in (first, second)
    ]
    if None not in places and places[0] > places[1]:  # type: ignore[operator]  # both are numbers
        yield f"I4: {second} stands before {first}"
