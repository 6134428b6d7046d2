"""Who is who: chat users and the extensions they send from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.ids import ChatUserId, ExtensionNumber


@dataclass(frozen=True)
class People:
    """Links between chat users and extensions we hold a credential for."""

    links: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)

    def extension_of(self, user: ChatUserId) -> ExtensionNumber | None:
        """Tell which extension a person sends from; `None` means the shared sender speaks."""
        return self.links.get(user)

    def user_of(self, extension: ExtensionNumber) -> ChatUserId | None:
        """Tell whose extension this is."""
        return next((u for u, number in self.links.items() if number == extension), None)
