"""What is read again while the gateway runs, by whatever it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap.tls import Tls
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import Trigger
from gateway.routes.telling import load_answer


@dataclass(frozen=True)
class Reloads:
    """The files that may change: routes, and the listener's certificate."""

    routes: RoutesKeeper | None
    tls: Tls | None

    async def reload(self, trigger: Trigger, who: str = "operator") -> Mapping[str, object]:
        """Read everything again and tell what came of it, with stable keys."""
        tls = self.tls and self.tls.renew(anyway=True)
        load = self.routes and load_answer(await self.routes.reload(trigger, who))
        return {"routes": load, "tls": tls}

    async def asked(self, who: str) -> Mapping[str, object]:
        """Do so for an operator."""
        return await self.reload(Trigger.ASKED, who)

    async def rehearsed(self, file: str) -> Mapping[str, object]:
        """Tell an operator what another routes file would come to, and do nothing."""
        load = self.routes and load_answer(await self.routes.rehearse(Path(file)))
        return {"routes": load, "tls": None}
