"""Whose extension is whose, as people said themselves."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId


@dataclass(frozen=True, slots=True)
class PersonLink:
    """A chat user and the extension they proved to be theirs.

    `credential` names what we may send with; empty when we only know whose extension it is.
    """

    workspace: WorkspaceId
    user: ChatUserId
    user_name: str
    extension: ExtensionNumber
    extension_name: str
    at: datetime
    credential: str = ""
