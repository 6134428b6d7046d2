"""Who is who: chat users, the extensions they send from, and the shared sender."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.people import PersonLink


@dataclass
class People:
    """`links` are people we hold a credential for; `everybody` adds those we only know.

    Both begin as the settings say and grow by who links themselves (`learn`). `shared` is the
    extension that speaks for everybody without one of their own; it is learned from the pager at
    start and `None` until then.
    """

    links: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)
    everybody: Mapping[ChatUserId, ExtensionNumber] = field(default_factory=dict)
    shared: ExtensionNumber | None = None
    _linked: Mapping[ChatUserId, PersonLink] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Remember what the settings say: it holds against whatever people say."""
        self._sending, self._known = dict(self.links), dict(self.everybody)

    def learn(self, links: Iterable[PersonLink]) -> bool:
        """Take over who linked themselves, the newest link last; whether anything changed."""
        linked = {link.user: link for link in links if self.may_have(link.user, link.extension)}
        if linked == self._linked:
            return False
        self._linked = linked
        own = {user: link.extension for user, link in linked.items()}
        with_credential = {user: own[user] for user in own if linked[user].credential}
        self.links = {**with_credential, **self._sending}
        self.everybody = {**own, **self._known}
        return True

    def may_have(self, user: ChatUserId, extension: ExtensionNumber) -> bool:
        """Whether the settings leave this extension to this person, and this person free for it."""
        holders = {who for who, number in self._known.items() if number == extension}
        return holders <= {user} and self._known.get(user, extension) == extension

    @property
    def linked(self) -> tuple[PersonLink, ...]:
        """Who linked themselves."""
        return tuple(self._linked.values())

    def link_of(self, user: ChatUserId) -> PersonLink | None:
        """Give the link somebody made themselves."""
        return self._linked.get(user)

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
