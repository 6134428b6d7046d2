"""A Slack workspace on loopback: Web API, signed requests to the app, and a page to click in."""

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.config import Limits, SlackServerConfig
from adapters.chat.slack_simulator.server import (
    SLACK,
    SlackServer,
    create_app,
    running_slack,
    serve,
)
from adapters.chat.slack_simulator.workspace import Workspace
from adapters.chat.slack_simulator.workspace_file import WorkspaceError, read_workspace

__all__ = [
    "SLACK",
    "Limits",
    "SlackServer",
    "SlackServerConfig",
    "VirtualClock",
    "Workspace",
    "WorkspaceError",
    "create_app",
    "read_workspace",
    "running_slack",
    "serve",
]
