"""The console's menu. To add a page: a module that lists its ways, a template, a line here."""

from gateway.web.console.accounts import account_ways
from gateway.web.console.alerts import alert_ways
from gateway.web.console.audit import audit_ways
from gateway.web.console.conversations import conversation_ways
from gateway.web.console.dead_letters import dead_letter_ways
from gateway.web.console.deliveries import delivery_ways
from gateway.web.console.desk import Desk
from gateway.web.console.directory import directory_ways
from gateway.web.console.events import event_ways
from gateway.web.console.frame import View
from gateway.web.console.overview import overview_ways
from gateway.web.console.routes import route_ways
from gateway.web.console.settings import settings_ways


def console_views(desk: Desk) -> tuple[View, ...]:
    """List what the menu shows, in its order."""
    alerts = alert_ways(desk.board, desk.silencing, desk.words, desk.clock)
    return (
        View("Overview", "", "o", overview_ways(desk)),
        View("Deliveries", "/deliveries", "d", delivery_ways(desk)),
        View("Conversations", "/conversations", "c", conversation_ways(desk)),
        View("Dead letters", "/dead-letters", "l", dead_letter_ways(desk)),
        View("Alerts", "/alerts", "t", alerts),
        View("Routes", "/routes", "r", route_ways(desk.routes)),
        View("Directory", "/directory", "y", directory_ways(desk.directory)),
        View("Events", "/events", "e", event_ways(desk.live, desk.told)),
        View("Accounts", "/accounts", "a", account_ways(desk)),
        View("Settings", "/settings", "s", settings_ways(desk.settings)),
        View("Audit", "/audit", "u", audit_ways(desk)),
    )
