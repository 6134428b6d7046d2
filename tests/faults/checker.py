"""The three promises, judged from the servers' logs and the senders' log alone.

Nothing accepted is lost, nothing is sent twice, nobody is left guessing; and besides: nothing is
invented, and order holds inside a conversation. As a program it reads the logs of any run:

    python -m tests.faults.checker --pager URL --slack URL --senders FILE

and prints what it found, a kind and a sentence per line; it ends with 1 when there is any. It asks
the pager's `/_admin/log` and Slack's `/_sim/…`, and nothing of the gateway's.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from aiohttp import ClientSession

from gateway.demo.doors import PagerDoor, SlackDoor
from tests.faults.company import OPS_CHANNEL
from tests.faults.promises import Broken, Promise
from tests.faults.senders import Ack, Ordered, Paged, Phoned, Said, SendersLog
from tests.faults.upstream import FROM_PAGER, TOKEN, Posted, Upstream, read_upstream

ASKED = "Send again"
"""The button under a page of which nobody knows whether it was sent."""
NOT_SENT, NOT_SURE = "Not sent", "We're not sure this was sent"
TAKEN, NOT_TAKEN = "white_check_mark", "warning"


Found = Iterator[Broken]


def lost(words: str) -> Broken:
    """Accepted, and neither sent nor refused; or said on the pager, and not shown."""
    return Broken(Promise.LOST, words)


def duplicated(words: str) -> Broken:
    """Sent or shown more than once."""
    return Broken(Promise.DUPLICATED, words)


def invented(words: str) -> Broken:
    """Sent or shown although nobody asked for it, or where nobody asked for it."""
    return Broken(Promise.INVENTED, words)


def untold(words: str) -> Broken:
    """Whoever acted was not told how it ended, or was told what is not true."""
    return Broken(Promise.UNTOLD, words)


def broken_promises(log: SendersLog, upstream: Upstream, *, alarm: str = "") -> list[Broken]:
    """List everything that is not as promised; empty is good.

    Operators may be told what contains `alarm`, and nothing else.
    """
    return [
        *(each for paged in log.paged for each in _page(paged, upstream)),
        *(each for ordered in log.ordered for each in _order(ordered, upstream)),
        *(each for said in log.said for each in _reply(said, upstream)),
        *(each for phoned in log.phoned for each in _answer(phoned, upstream)),
        *_invented(log, upstream, alarm),
        *(each for token in log.barred for each in _barred(token, upstream)),
        *_disordered(log, upstream),
    ]


# --- pages -------------------------------------------------------------------------------------


def _page(paged: Paged, upstream: Upstream) -> Found:
    sent = upstream.pages(paged.token)
    if len(sent) > 1:
        yield duplicated(f"page {paged.token} was sent {len(sent)} times")
    roots = [one for one in upstream.posts(paged.token) if one.is_root]
    if len(roots) > 1:
        yield duplicated(f"page {paged.token} has {len(roots)} status messages")
    match paged.ack:
        case Ack.ACCEPTED if sent:
            yield from _shown_as_sent(paged, roots)
        case Ack.ACCEPTED if not any(ASKED in root.shown for root in roots):
            yield from _told_refused(f"page {paged.token}", paged.user, paged.ref, upstream)
            if any("✅" in root.shown for root in roots):
                yield untold(f"page {paged.token} was never sent and is shown as sent")
        case Ack.NOT_RECORDED | Ack.REFUSED if sent:
            yield invented(f"page {paged.token} was sent although its author was told otherwise")
        case _:
            pass


def _shown_as_sent(paged: Paged, roots: list[Posted]) -> Found:
    if not roots:
        yield untold(f"page {paged.token} was sent and has no status message")
    for root in roots:
        if "✅" not in root.shown:
            yield untold(f"page {paged.token} was sent and is shown as {root.shown!r}")


def _told_refused(what: str, user: str, ref: str, upstream: Upstream) -> Found:
    """What was not sent is lost, unless it was refused and its author knows."""
    words = [said for said in upstream.told.get(user, ()) if ref in said]
    if not any(NOT_SENT in said for said in words):
        yield lost(f"{what} was not sent")
        yield untold(f"{user} was not told that {what} was not sent: {words}")


# --- what programs ask for ---------------------------------------------------------------------


def _order(ordered: Ordered, upstream: Upstream) -> Found:
    sent = upstream.pages(ordered.token)
    if len(sent) > 1:
        yield duplicated(f"order {ordered.token} was sent {len(sent)} times")
    if len(ordered.refs) > 1:
        yield duplicated(f"order {ordered.token} was answered with {sorted(ordered.refs)}")
    if ordered.state == "sent" and not sent:
        yield lost(f"order {ordered.token} is told as sent and was not")
    elif ordered.state != "held" and (ordered.state == "sent") != bool(sent):
        yield untold(f"order {ordered.token} was sent and is told as {ordered.state}")
    roots = [one for one in upstream.posts(ordered.token) if one.is_root]
    if len(roots) != 1 or (sent and "✅" not in roots[0].shown):
        yield untold(f"order {ordered.token} is shown as {[root.shown for root in roots]}")


# --- what is typed in a thread -----------------------------------------------------------------


def _reply(said: Said, upstream: Upstream) -> Found:
    sent = upstream.pages(said.token)
    if said.ts not in upstream.heard:
        yield lost(f"reply {said.token} was never acknowledged: the rehearsal ended too early")
    if len(sent) > 1:
        yield duplicated(f"reply {said.token} was sent {len(sent)} times")
    signs = upstream.signs.get(said.ts, frozenset())
    if not sent:
        yield from _told_refused(f"reply {said.token}", said.user, said.page.ref, upstream)
    wanted = TAKEN if sent else NOT_TAKEN
    if wanted not in signs:
        yield untold(f"reply {said.token} has no sign {wanted}, only {sorted(signs)}")
    conversations = {one.conversation for one in upstream.pages(said.page.token)}
    if any(one.conversation not in conversations for one in sent):
        yield invented(f"reply {said.token} went into a strange conversation")


# --- what is said on the pager -----------------------------------------------------------------


def _answer(phoned: Phoned, upstream: Upstream) -> Found:
    shown = upstream.posts(phoned.token)
    if not shown:
        yield lost(f"answer {phoned.token} is shown nowhere")
    if len(shown) > 1:
        yield duplicated(f"answer {phoned.token} is shown {len(shown)} times")
    roots = {one.ts for one in upstream.posts(phoned.page.token) if one.is_root}
    if any(one.root not in roots or one.is_root for one in shown):
        yield invented(f"answer {phoned.token} is not shown in its page's thread")


# --- nothing invented, nothing out of order ----------------------------------------------------


def _invented(log: SendersLog, upstream: Upstream, alarm: str) -> Found:
    known = set(log.tokens())
    for message in upstream.accepted:
        if message.token not in known:
            yield invented(f"nobody asked for pager message {message.text!r}")
    answers = {phoned.token for phoned in log.phoned}
    for post in upstream.posted:
        found = TOKEN.search(post.shown)
        token = found.group() if found else ""
        if post.speaker.endswith(FROM_PAGER) and token not in answers:
            yield invented(f"nobody on the pager said {post.shown!r}")
        elif post.channel == OPS_CHANNEL and alarm and alarm in post.shown:
            continue
        elif not post.speaker and not post.is_root:
            yield from _notice(post, upstream)
        elif not post.speaker and token not in known:
            yield invented(f"an unexpected message in {post.channel}: {post.shown!r}")


def _barred(token: str, upstream: Upstream) -> Found:
    if upstream.pages(token):
        yield invented(f"page {token} was sent although its author may not page any more")


def _notice(post: Posted, upstream: Upstream) -> Found:
    """What we say in a thread is about its page, bad news, and true."""
    roots = [one.shown for one in upstream.posted if one.ts == post.root]
    tokens = [found.group() for found in map(TOKEN.search, roots) if found]
    if not tokens or not (NOT_SENT in post.shown or NOT_SURE in post.shown):
        yield invented(f"an unexpected notice in {post.channel}: {post.shown!r}")
    if NOT_SENT in post.shown and any(upstream.pages(token) for token in tokens):
        yield untold(f"a sent page is said not to be: {post.shown!r}")


def _disordered(log: SendersLog, upstream: Upstream) -> Found:
    """What Slack or a phone sent on later stands later, wherever it went."""
    for page in log.paged:
        said = [one for one in log.said if one.page == page and one.ts in upstream.heard_at_once]
        sent = {one.token: upstream.pages(one.token) for one in said}
        yield from _falling([(token, found[0].seq) for token, found in sent.items() if found])
        phoned = [one for one in log.phoned if one.page == page]
        shown = {one.token: upstream.posts(one.token) for one in phoned}
        yield from _falling([(token, float(f[0].ts)) for token, f in shown.items() if f])


def _falling(places: Sequence[tuple[str, float]]) -> Found:
    for (first, at), (second, then) in pairwise(sorted(places)):
        if then < at:
            yield Broken(Promise.DISORDERED, f"{second} stands before {first}")


# --- the program -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Doors:
    pager_door: PagerDoor
    slack_door: SlackDoor


async def check(pager_url: str, slack_url: str, log: SendersLog) -> list[Broken]:
    """Read the logs of two servers, wherever they run, and judge."""
    async with ClientSession() as session:
        doors = _Doors(PagerDoor(session, pager_url), SlackDoor(session, slack_url))
        users = {each.user for each in log.paged} | {each.user for each in log.said}
        return broken_promises(log, await read_upstream(doors, users))


def main() -> int:
    """Be the program."""
    parser = argparse.ArgumentParser(prog="tests.faults.checker", description=__doc__)
    parser.add_argument("--pager", required=True, metavar="URL")
    parser.add_argument("--slack", required=True, metavar="URL")
    parser.add_argument("--senders", required=True, metavar="FILE", type=Path)
    said = parser.parse_args()
    found = asyncio.run(check(said.pager, said.slack, SendersLog.load(said.senders)))
    lines = map(str, found) if found else ("every promise is kept",)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
