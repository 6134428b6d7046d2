"""The routes in force; a reload replaces them as a whole."""

from dataclasses import dataclass

from gateway.domain.routing.routes import Routes


@dataclass
class RuleBook:
    """Holds the routes in force."""

    rules: Routes

    def replace(self, rules: Routes) -> None:
        """Put newer routes in force, all at once."""
        self.rules = rules
