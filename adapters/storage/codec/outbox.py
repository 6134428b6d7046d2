"""What is sent, why it failed and how it was receipted, as facts."""

from datetime import datetime
from typing import assert_never

from adapters.storage.codec import envelope
from adapters.storage.codec.envelope import Fact
from gateway.domain.alerts import Severity
from gateway.domain.deliveries import Awake, ChatReceipt, PagerReceipt, Receipt
from gateway.domain.outbound import (
    AlertNews,
    Notice,
    Outbound,
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Waking,
    Whisper,
)
from gateway.domain.pages import ChatThread, Fault

_TRACE = "traceparent"
"""Beside a fact's own fields: who does not look for it reads the fact as ever."""

# --- outbound ----------------------------------------------------------------------------------


def kind_of(outbound: Outbound) -> str:
    """Name a kind as it is stored."""
    match outbound:
        case SendPage():
            return "send_page"
        case SendPageReply():
            return "send_page_reply"
        case PostChatMessage():
            return "post_chat_message"
        case PostChatReply():
            return "post_chat_reply"
        case UpdateChatMessage():
            return "update_chat_message"
        case Whisper():
            return "whisper"
        case React():
            return "react"
        case SendFollowUp():
            return "send_follow_up"
        case Wake():
            return "wake"


def write_outbound(outbound: Outbound, trace: str = "") -> str:
    """Encode what is to be sent, and the traceparent under which it was asked for."""
    traced = {_TRACE: trace} if trace else {}
    return envelope.write(kind_of(outbound), {**_outbound_fact(outbound), **traced})


def read_outbound(text: str) -> Outbound:
    """Decode what is to be sent.

    Raises:
        UnreadableFactError: written by a version we do not know.
    """
    return envelope.read(text, _outbound)


def read_traced(text: str) -> tuple[Outbound, str]:
    """Decode what is to be sent, and its traceparent, empty where there is none.

    Raises:
        UnreadableFactError: written by a version we do not know.
    """
    return envelope.read(text, lambda kind, fact: (_outbound(kind, fact), fact.get(_TRACE, "")))


def unreadable(kind: str) -> Outbound:
    """Stand in for a payload that cannot be read, where a list must still show the delivery."""
    return PostChatReply(thread=None, notice=Notice("delivery.unreadable", {"kind": kind}))


def _outbound_fact(outbound: Outbound) -> Fact:
    match outbound:
        case SendPage(sender, to, text, part, parts, insist, news):
            return {
                "sender": sender,
                "to": to,
                "text": text,
                "part": part,
                "parts": parts,
                "insist": insist,
                "news": _news_fact(news),
            }
        case SendPageReply():
            return {
                "sender": outbound.sender,
                "text": outbound.text,
                "author": outbound.author,
                "thread": thread_fact(outbound.thread),
                "message": outbound.message,
                "part": outbound.part,
                "parts": outbound.parts,
                "afresh": outbound.afresh,
                "correction": outbound.correction,
            }
        case PostChatMessage(workspace, channel, notice):
            return {"workspace": workspace, "channel": channel, "notice": _notice_fact(notice)}
        case PostChatReply(thread, text, author, author_name, notice):
            return {
                "thread": None if thread is None else thread_fact(thread),
                "text": text,
                "author": author,
                "author_name": author_name,
                "notice": _notice_fact(notice),
            }
        case UpdateChatMessage(thread):
            return {"thread": thread_fact(thread)}
        case Whisper(workspace, user, channel, notice, thread):
            return {
                "workspace": workspace,
                "user": user,
                "channel": channel,
                "notice": _notice_fact(notice),
                "thread": thread,
            }
        case React(thread, message, emoji, instead_of):
            return {
                "thread": thread_fact(thread),
                "message": message,
                "emoji": emoji,
                "instead_of": instead_of,
            }
        case SendFollowUp(sender, text, news, to):
            return {"sender": sender, "text": text, "news": _news_fact(news), "to": to}
        case Wake(what, waking_key):
            return {"what": what, "key": waking_key}
        case _:
            assert_never(outbound)


def _outbound(kind: str, fact: Fact) -> Outbound:
    match kind:
        case "send_page":
            return SendPage(
                sender=fact["sender"],
                to=tuple(fact["to"]),
                text=fact["text"],
                part=fact["part"],
                parts=fact["parts"],
                insist=fact.get("insist", False),
                news=_news(fact.get("news")),
            )
        case "send_page_reply":
            return SendPageReply(
                sender=fact["sender"],
                text=fact["text"],
                author=fact["author"],
                thread=thread_of(fact["thread"]),
                message=fact["message"],
                part=fact["part"],
                parts=fact["parts"],
                afresh=tuple(fact["afresh"]),
                correction=fact.get("correction", False),
            )
        case "post_chat_message":
            return PostChatMessage(fact["workspace"], fact["channel"], _notice(fact["notice"]))
        case "post_chat_reply":
            return _post_chat_reply(fact)
        case "update_chat_message":
            return UpdateChatMessage(thread_of(fact["thread"]))
        case "whisper":
            return _whisper(fact)
        case "react":
            thread = thread_of(fact["thread"])
            return React(thread, fact["message"], fact["emoji"], fact["instead_of"])
        case "send_follow_up":
            news, to = _news(fact.get("news")), tuple(fact.get("to", ()))
            return SendFollowUp(fact["sender"], fact["text"], news, to)
        case "wake":
            return Wake(Waking(fact["what"]), fact["key"])
        case _:
            raise ValueError(kind)


def _post_chat_reply(fact: Fact) -> PostChatReply:
    thread = fact["thread"]
    return PostChatReply(
        thread=None if thread is None else thread_of(thread),
        text=fact["text"],
        author=fact["author"],
        author_name=fact["author_name"],
        notice=_notice(fact["notice"]),
    )


def _whisper(fact: Fact) -> Whisper:
    notice = _notice(fact["notice"])
    if notice is None:
        raise ValueError("a whisper without words")
    return Whisper(fact["workspace"], fact["user"], fact["channel"], notice, fact["thread"])


def thread_fact(thread: ChatThread) -> Fact:
    """Give a thread as a fact inside another."""
    return {"workspace": thread.workspace, "channel": thread.channel, "root": thread.root}


def thread_of(fact: Fact) -> ChatThread:
    """Read a thread from inside another fact."""
    return ChatThread(fact["workspace"], fact["channel"], fact["root"])


def _news_fact(news: AlertNews | None) -> Fact | None:
    if news is None:
        return None
    return {
        "source": news.source,
        "severity": news.severity,
        "to": news.to,
        "title": news.title,
        "names": news.names,
        "events": news.events,
        "over": news.over,
    }


def _news(fact: Fact | None) -> AlertNews | None:
    if fact is None:
        return None
    return AlertNews(
        source=fact["source"],
        severity=Severity(fact["severity"]),
        to=tuple(fact["to"]),
        title=fact["title"],
        names=tuple((name, count) for name, count in fact["names"]),
        events=tuple(fact["events"]),
        over=fact["over"],
    )


def _notice_fact(notice: Notice | None) -> Fact | None:
    if notice is None:
        return None
    return {"key": notice.key, "facts": dict(notice.facts), "actions": notice.actions}


def _notice(fact: Fact | None) -> Notice | None:
    if fact is None:
        return None
    actions = tuple((action, value) for action, value in fact["actions"])
    return Notice(fact["key"], fact["facts"], actions)


# --- faults and receipts -----------------------------------------------------------------------


def fault_fact(fault: Fault | None) -> Fact | None:
    """Give a fault as a fact inside another."""
    return None if fault is None else {"code": fault.code, "facts": dict(fault.facts)}


def fault_of(fact: Fact | None) -> Fault | None:
    """Read a fault from inside another fact."""
    return None if fact is None else Fault(fact["code"], fact["facts"])


def write_fault(fault: Fault | None) -> str | None:
    """Encode why an attempt failed."""
    fact = fault_fact(fault)
    return None if fact is None else envelope.write("fault", fact)


def read_fault(text: str | None) -> Fault | None:
    """Decode why an attempt failed."""
    return None if text is None else envelope.read(text, lambda _, fact: fault_of(fact))


def write_receipt(receipt: Receipt | None) -> str | None:
    """Encode what the foreign system gave back."""
    match receipt:
        case None:
            return None
        case PagerReceipt(message, conversation, sent_at):
            fact = {"message": message, "conversation": conversation, "at": sent_at.isoformat()}
            return envelope.write("pager", fact)
        case ChatReceipt(channel, message, place):
            fact = {"channel": channel, "message": message, "place": place}
            return envelope.write("chat", fact)
        case Awake():
            return envelope.write("awake", {})


def read_receipt(text: str | None) -> Receipt | None:
    """Decode what the foreign system gave back."""
    return None if text is None else envelope.read(text, _receipt)


def _receipt(kind: str, fact: Fact) -> Receipt:
    match kind:
        case "pager":
            sent_at = datetime.fromisoformat(fact["at"])
            return PagerReceipt(fact["message"], fact["conversation"], sent_at)
        case "chat":
            return ChatReceipt(fact["channel"], fact["message"], fact["place"])
        case "awake":
            return Awake()
        case _:
            raise ValueError(kind)
