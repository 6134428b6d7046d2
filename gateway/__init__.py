"""Slack and RingCentral's company pager, joined."""

__version__ = "0.1.0"
