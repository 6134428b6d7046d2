"""What an operator set: the only reader of environment and settings files."""

from gateway.settings.loading import (
    ConfigurationError,
    known_variables,
    load_control_settings,
    load_settings,
)
from gateway.settings.model import (
    AdminSettings,
    ApiClientSettings,
    ApiSettings,
    ControlSettings,
    DatabaseSettings,
    DeliverySettings,
    DirectorySettings,
    LogSettings,
    PersonSettings,
    PolicySettings,
    RoutingSettings,
    ServerSettings,
    Settings,
    VaultSettings,
    control_socket,
)

__all__ = [
    "AdminSettings",
    "ApiClientSettings",
    "ApiSettings",
    "ConfigurationError",
    "ControlSettings",
    "DatabaseSettings",
    "DeliverySettings",
    "DirectorySettings",
    "LogSettings",
    "PersonSettings",
    "PolicySettings",
    "RoutingSettings",
    "ServerSettings",
    "Settings",
    "VaultSettings",
    "control_socket",
    "known_variables",
    "load_control_settings",
    "load_settings",
]
