"""Who is who: chat users, the extensions they send from, and the shared sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.ids import ChatUserId, ExtensionNumber


@dataclass
class People:
    """`links` are people we hold a credential for; `everybody` adds those we only know.

    `shared` is the extension that speaks for everybody without one of their own; it is learned
    from the pager at start and `None` until then.
    """

    links: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)
    everybody: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)
    shared: ExtensionNumber | None = None

    def extension_of(self, user: ChatUserId) -> ExtensionNumber | None:
        """Tell which extension a person sends from; `None` means the shared sender speaks."""
        return self.links.get(user)

    def user_of(self, extension: ExtensionNumber) -> ChatUserId | None:
        """Tell whose extension this is."""
        return next((u for u, number in self.everybody.items() if number == extension), None)

    def known(self, user: ChatUserId) -> ExtensionNumber | None:
        """Tell a person's extension, whether or not we may send from it."""
        return self.everybody.get(user)

    def ours(self, extension: ExtensionNumber) -> bool:
        """Whether we send from this extension."""
        return extension == self.shared or extension in self.links.values()
