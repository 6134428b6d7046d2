"""Any JSON, by a mapping of the operator's or one of the presets."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from adapters.alerts.body import json_of
from adapters.alerts.generic.presets import PRESETS
from adapters.alerts.mapping import Mapping, read_mapped
from adapters.alerts.parsing import Parser
from adapters.alerts.settings import GuardedSource
from gateway.domain.alert_form import NormalForm
from gateway.ports.alerts import AlertRequest, Parsed


class GenericSettings(GuardedSource):
    """A sender of JSON that has no kind of its own here."""

    kind: Literal["generic"]
    mapping: Mapping | None = Field(default=None, description="What stands where in its bodies.")
    preset: Literal["goalert", "incidentrelay", "zabbix", "nagios", "uptime-kuma"] | None = Field(
        default=None, description="A ready mapping, in place of one's own."
    )

    @model_validator(mode="after")
    def _is_mapped(self) -> Self:
        if (self.mapping is None) == (self.preset is None):
            raise ValueError("needs either mapping or preset")
        return self

    def chosen(self) -> Mapping:
        """Give the mapping, or the preset's."""
        return self.mapping or Mapping.model_validate(PRESETS[self.preset or ""])


@dataclass(frozen=True)
class Generic(Parser):
    """Reads what the mapping describes."""

    form: NormalForm
    mapping: Mapping

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        return read_mapped(self.mapping, self.form, json_of(request), request)
