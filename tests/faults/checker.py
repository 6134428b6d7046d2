"""The three promises, judged from the servers' logs and the senders' log alone.

Nothing accepted is lost, nothing is sent twice, nobody is left guessing; and besides: nothing is
invented, and order holds inside a conversation. What breaks a promise comes out as a sentence.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.faults.company import OPS_CHANNEL
from tests.faults.senders import Ack, Ordered, Paged, Phoned, Said, SendersLog
from tests.faults.upstream import FROM_PAGER, TOKEN, Posted, Upstream

ASKED = "Send again"
"""The button under a page of which nobody knows whether it was sent."""
NOT_SENT, NOT_SURE = "Not sent", "We're not sure this was sent"
TAKEN, NOT_TAKEN = "white_check_mark", "warning"


def broken_promises(log: SendersLog, upstream: Upstream, *, alarm: str = "") -> list[str]:
    """List everything that is not as promised; empty is good.

    Operators may be told what contains `alarm`, and nothing else.
    """
    return [
        *(line for paged in log.paged for line in _page(paged, upstream)),
        *(line for ordered in log.ordered for line in _order(ordered, upstream)),
        *(line for said in log.said for line in _reply(said, upstream)),
        *(line for phoned in log.phoned for line in _answer(phoned, upstream)),
        *_invented(log, upstream, alarm),
        *_disordered(log, upstream),
    ]


# --- pages -------------------------------------------------------------------------------------


def _page(paged: Paged, upstream: Upstream) -> Iterator[str]:
    sent = upstream.pages(paged.token)
    if len(sent) > 1:
        yield f"page {paged.token} was sent {len(sent)} times"
    roots = [one for one in upstream.posts(paged.token) if one.is_root]
    if len(roots) > 1:
        yield f"page {paged.token} has {len(roots)} status messages"
    match paged.ack:
        case Ack.ACCEPTED if sent:
            yield from _shown_as_sent(paged, roots)
        case Ack.ACCEPTED if not any(ASKED in root.shown for root in roots):
            yield from _told_refused(f"page {paged.token}", paged.user, paged.ref, upstream)
            if any("✅" in root.shown for root in roots):
                yield f"page {paged.token} was never sent and is shown as sent"
        case Ack.NOT_RECORDED | Ack.REFUSED if sent:
            yield f"page {paged.token} was sent although its author was told otherwise"
        case _:
            pass


def _shown_as_sent(paged: Paged, roots: list[Posted]) -> Iterator[str]:
    if not roots:
        yield f"page {paged.token} was sent and has no status message"
    for root in roots:
        if "✅" not in root.shown:
            yield f"page {paged.token} was sent and is shown as {root.shown!r}"


def _told_refused(what: str, user: str, ref: str, upstream: Upstream) -> Iterator[str]:
    words = [said for said in upstream.told.get(user, ()) if ref in said]
    if not any(NOT_SENT in said for said in words):
        yield f"{what} was not sent, and {user} was not told: {words}"


# --- what programs ask for ---------------------------------------------------------------------


def _order(ordered: Ordered, upstream: Upstream) -> Iterator[str]:
    sent = upstream.pages(ordered.token)
    if len(sent) > 1:
        yield f"order {ordered.token} was sent {len(sent)} times"
    if len(ordered.refs) > 1:
        yield f"order {ordered.token} was answered with {sorted(ordered.refs)}"
    if ordered.state != "held" and (ordered.state == "sent") != bool(sent):
        yield f"order {ordered.token} was sent {len(sent)} times and is told as {ordered.state}"
    roots = [one for one in upstream.posts(ordered.token) if one.is_root]
    if len(roots) != 1 or (sent and "✅" not in roots[0].shown):
        yield f"order {ordered.token} is shown as {[root.shown for root in roots]}"


# --- what is typed in a thread -----------------------------------------------------------------


def _reply(said: Said, upstream: Upstream) -> Iterator[str]:
    sent = upstream.pages(said.token)
    if said.ts not in upstream.heard:
        yield f"reply {said.token} was never acknowledged: the rehearsal ended too early"
    if len(sent) > 1:
        yield f"reply {said.token} was sent {len(sent)} times"
    signs = upstream.signs.get(said.ts, frozenset())
    if not sent:
        yield from _told_refused(f"reply {said.token}", said.user, said.page.ref, upstream)
    wanted = TAKEN if sent else NOT_TAKEN
    if wanted not in signs:
        yield f"reply {said.token} has no sign {wanted}, only {sorted(signs)}"
    conversations = {one.conversation for one in upstream.pages(said.page.token)}
    if any(one.conversation not in conversations for one in sent):
        yield f"reply {said.token} went into a strange conversation"


# --- what is said on the pager -----------------------------------------------------------------


def _answer(phoned: Phoned, upstream: Upstream) -> Iterator[str]:
    shown = upstream.posts(phoned.token)
    if len(shown) != 1:
        yield f"answer {phoned.token} is shown {len(shown)} times"
    roots = {one.ts for one in upstream.posts(phoned.page.token) if one.is_root}
    if any(one.root not in roots or one.is_root for one in shown):
        yield f"answer {phoned.token} is not shown in its page's thread"


# --- nothing invented, nothing out of order ----------------------------------------------------


def _invented(log: SendersLog, upstream: Upstream, alarm: str) -> Iterator[str]:
    known = set(log.tokens())
    for message in upstream.accepted:
        if message.token not in known:
            yield f"nobody asked for pager message {message.text!r}"
    answers = {phoned.token for phoned in log.phoned}
    for post in upstream.posted:
        found = TOKEN.search(post.shown)
        token = found.group() if found else ""
        if post.speaker.endswith(FROM_PAGER) and token not in answers:
            yield f"nobody on the pager said {post.shown!r}"
        elif post.channel == OPS_CHANNEL and alarm and alarm in post.shown:
            continue
        elif not post.speaker and not post.is_root:
            yield from _notice(post, upstream)
        elif not post.speaker and token not in known:
            yield f"an unexpected message in {post.channel}: {post.shown!r}"


def _notice(post: Posted, upstream: Upstream) -> Iterator[str]:
    """What we say in a thread is about its page, bad news, and true."""
    roots = [one.shown for one in upstream.posted if one.ts == post.root]
    tokens = [found.group() for found in map(TOKEN.search, roots) if found]
    if not tokens or not (NOT_SENT in post.shown or NOT_SURE in post.shown):
        yield f"an unexpected notice in {post.channel}: {post.shown!r}"
    if NOT_SENT in post.shown and any(upstream.pages(token) for token in tokens):
        yield f"a sent page is said not to be: {post.shown!r}"


def _disordered(log: SendersLog, upstream: Upstream) -> Iterator[str]:
    """What Slack or a phone sent on later stands later, wherever it went."""
    for page in log.paged:
        said = [one for one in log.said if one.page == page and one.ts in upstream.heard_at_once]
        sent = {one.token: upstream.pages(one.token) for one in said}
        yield from _falling([(token, found[0].seq) for token, found in sent.items() if found])
        phoned = [one for one in log.phoned if one.page == page]
        shown = {one.token: upstream.posts(one.token) for one in phoned}
        yield from _falling([(token, float(f[0].ts)) for token, f in shown.items() if f])


def _falling(places: Sequence[tuple[str, float]]) -> Iterator[str]:
    for (first, at), (second, then) in pairwise(sorted(places)):
        if then < at:
            yield f"{second} stands before {first}"
