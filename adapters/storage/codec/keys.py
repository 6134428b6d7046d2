"""What rows are found by, derived from the facts they hold."""

from hashlib import sha256

from adapters.storage.codec.envelope import key, parts_of
from gateway.domain.deliveries import PagerReceipt, Receipt
from gateway.domain.ids import ChannelId, ChatMessageId, ExtensionNumber, WorkspaceId
from gateway.domain.outbound import (
    Outbound,
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Whisper,
)
from gateway.domain.pages import ChatThread

_LONGEST_KEY = 256


def inbox_key(once: str) -> str:
    """Shorten a sender's key to what an index takes; PostgreSQL's ends at 2 700 bytes."""
    if len(once) <= _LONGEST_KEY:
        return once
    return "sha256:" + sha256(once.encode("utf-8", "surrogatepass")).hexdigest()


def place(workspace: WorkspaceId, channel: ChannelId) -> str:
    """Begin the key of everything in a channel."""
    return key(workspace, channel).removesuffix("]") + ","


def thread_key(thread: ChatThread) -> str:
    """Key a thread."""
    return key(thread.workspace, thread.channel, thread.root)


def thread_of_key(text: str | None) -> ChatThread | None:
    """Read a thread from its key."""
    if text is None:
        return None
    workspace, channel, root = parts_of(text)
    return ChatThread(WorkspaceId(workspace), ChannelId(channel), ChatMessageId(root))


def message_key(thread: ChatThread, *message: str) -> str:
    """Key a message in a thread, or a sign on it."""
    return key(thread.workspace, thread.channel, thread.root, *message)


def target_of(outbound: Outbound) -> str:
    """Say where something goes; deliveries of one kind and target can stand for each other."""
    match outbound:
        case SendPage(_, to):
            return key(*to)
        case SendPageReply():
            return message_key(outbound.thread, outbound.message)
        case PostChatMessage(workspace, channel):
            return key(workspace, channel, "")
        case PostChatReply(thread):
            return key() if thread is None else thread_key(thread)
        case UpdateChatMessage(thread):
            return thread_key(thread)
        case Whisper(workspace, user):
            return key(workspace, user)
        case React(thread, message, emoji):
            return message_key(thread, message, emoji)
        case SendFollowUp(sender):
            return key(sender)
        case Wake(what, waking_key):
            return key(what, waking_key)


def sender_of(outbound: Outbound) -> ExtensionNumber | None:
    """Tell which mailbox sends; `None` for what goes to the chat."""
    match outbound:
        case SendPage() | SendPageReply() | SendFollowUp():
            return outbound.sender
        case _:
            return None


def says(sender: ExtensionNumber, text: str) -> str:
    """Digest who says what, so that an echo is found by one index entry of fixed size."""
    return sha256(f"{sender}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def says_of(outbound: Outbound) -> str | None:
    """Digest what a pager delivery says; `None` for what goes to the chat."""
    match outbound:
        case SendPage() | SendPageReply() | SendFollowUp():
            return says(outbound.sender, outbound.text)
        case _:
            return None


def receipt_message(receipt: Receipt | None) -> str | None:
    """Give the pager's id for what we sent; `None` for chat receipts."""
    return receipt.message if isinstance(receipt, PagerReceipt) else None
