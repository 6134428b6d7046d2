"""The versions of the routes file, for whoever operates the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from gateway.ports.store import Store
from gateway.routes.comparing import Comparing
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import NoWayBack
from gateway.routes.problems import RoutesError
from gateway.routes.telling import comparison_answer, history_answer, load_answer
from gateway.text.words import Words
from gateway.web.errors import RefusedError
from gateway.web.versions import RoutesDesk


@dataclass(frozen=True)
class RoutesVersions(RoutesDesk):
    """Answers for the keeper; without a routes file it says so."""

    keeper: RoutesKeeper | None
    store: Store
    words: Words

    @override
    async def versions(self) -> Mapping[str, object]:
        keeper = self._kept()
        return history_answer(await keeper.versions.history(), keeper)

    @override
    async def difference(self, file: str) -> Mapping[str, object]:
        comparing = Comparing(self._kept(), self.store)
        return comparison_answer(await comparing.compare(Path(file) if file else None))

    @override
    async def roll_back(self, version: str, who: str) -> Mapping[str, object]:
        keeper = self._kept()
        try:
            load = await keeper.roll_back(version, who)
        except RoutesError as error:
            raise RefusedError("routes.unusable", str(error)) from error
        if isinstance(load, NoWayBack):
            code = f"routes.{load.value}"
            raise RefusedError(code, self.words.sentence(code), 404)
        return {**load_answer(load), "file_differs": keeper.rolled_back is not None}

    def _kept(self) -> RoutesKeeper:
        if self.keeper is None:
            raise RefusedError("routes.off", self.words.sentence("silence.off"), 404)
        return self.keeper
