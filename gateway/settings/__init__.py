"""What an operator set: the only reader of environment and settings files."""

from typing import TYPE_CHECKING, Any

from gateway.settings.control import (
    AdminSettings,
    ControlSettings,
    DatabaseSettings,
    VaultSettings,
    control_of_each,
    control_socket,
    load_control_settings,
)
from gateway.settings.reading import (
    SECRETS_FOLDER,
    SETTINGS_FILE,
    ConfigurationError,
    Places,
    places,
)

if TYPE_CHECKING:
    from gateway.settings.effective import Effective, effective_settings
    from gateway.settings.listening import LOOPBACK, ConsoleSettings, ServerSettings
    from gateway.settings.loading import (
        known_variables,
        load_app_settings,
        load_settings,
        load_written,
    )
    from gateway.settings.model import AppSettings, Settings
    from gateway.settings.sections import (
        ApiClientSettings,
        ApiSettings,
        DeliverySettings,
        DirectorySettings,
        LogSettings,
        PersonSettings,
        PolicySettings,
        ProbeSettings,
        RoutingSettings,
        TracingSettings,
        WorkspacesSettings,
    )
    from gateway.settings.workspaces import load_workspaces

__all__ = [
    "LOOPBACK",
    "SECRETS_FOLDER",
    "SETTINGS_FILE",
    "AdminSettings",
    "ApiClientSettings",
    "ApiSettings",
    "AppSettings",
    "ConfigurationError",
    "ConsoleSettings",
    "ControlSettings",
    "DatabaseSettings",
    "DeliverySettings",
    "DirectorySettings",
    "Effective",
    "LogSettings",
    "PersonSettings",
    "Places",
    "PolicySettings",
    "ProbeSettings",
    "RoutingSettings",
    "ServerSettings",
    "Settings",
    "TracingSettings",
    "VaultSettings",
    "WorkspacesSettings",
    "control_of_each",
    "control_socket",
    "effective_settings",
    "known_variables",
    "load_app_settings",
    "load_control_settings",
    "load_settings",
    "load_workspaces",
    "load_written",
    "places",
]


def __getattr__(name: str) -> Any:
    """Import the rest when it is asked for: commands need little, and all adapters come with it."""
    if name not in __all__:
        raise AttributeError(name)
    from gateway.settings import (  # noqa: PLC0415 - see above
        effective,
        listening,
        loading,
        model,
        sections,
        workspaces,
    )

    homes = (model, loading, sections, listening, workspaces, effective)
    return next(getattr(home, name) for home in homes if hasattr(home, name))
