"""The console's menu. To add a page: a module that lists its ways, a template, a line here."""

from gateway.web.console import (
    accounts,
    alerts,
    audit,
    conversations,
    dead_letters,
    deliveries,
    directory,
    events,
    routes,
    settings,
)
from gateway.web.console.desk import Desk
from gateway.web.console.frame import View
from gateway.web.console.overview import overview_ways


def console_views(desk: Desk) -> tuple[View, ...]:
    """List what the menu shows, in its order."""
    of_alerts = alerts.alert_ways(desk.board, desk.silencing, desk.words, desk.clock)
    return (
        View("Overview", "", "o", overview_ways(desk)),
        View("Deliveries", deliveries.PATH, "d", deliveries.delivery_ways(desk)),
        View("Conversations", conversations.PATH, "c", conversations.conversation_ways(desk)),
        View("Dead letters", dead_letters.PATH, "l", dead_letters.dead_letter_ways(desk)),
        View("Alerts", alerts.PATH, "t", of_alerts),
        View("Routes", routes.PATH, "r", routes.route_ways(desk.routes)),
        View("Directory", directory.PATH, "y", directory.directory_ways(desk.directory)),
        View("Events", events.PATH, "e", events.event_ways(desk.live, desk.told)),
        View("Accounts", accounts.PATH, "a", accounts.account_ways(desk)),
        View("Settings", settings.PATH, "s", settings.settings_ways(desk.settings)),
        View("Audit", audit.PATH, "u", audit.audit_ways(desk)),
    )
