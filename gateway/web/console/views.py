"""The console's menu. To add a page: a module that lists its ways, a template, a line here."""

from gateway.web.console.accounts import account_ways
from gateway.web.console.desk import Desk
from gateway.web.console.frame import View
from gateway.web.console.overview import overview_ways


def console_views(desk: Desk) -> tuple[View, ...]:
    """List what the menu shows, in its order."""
    return (
        View("Overview", "", "o", overview_ways(desk)),
        View("Accounts", "/accounts", "c", account_ways(desk)),
    )
