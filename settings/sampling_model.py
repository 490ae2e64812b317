"""The parts of the settings that say what is sampled, and what is grouped."""

from pydantic import Field

from components import SamplingRule, TraceGroup
from components.agent.collector.tail_sampling import DEFAULT_WAIT_SECONDS, TailSampling

from . import collector_fields, fields
from .strict_model import StrictModel


class SamplingRuleSettings(StrictModel):
    """One X-Ray sampling rule."""

    name: fields.RuleName
    priority: fields.Priority
    fixed_rate: fields.Rate
    reservoir_size: fields.Reservoir = 1
    service_name: fields.Pattern64 = "*"
    service_type: fields.Pattern64 = "*"
    host: fields.Pattern64 = "*"
    http_method: fields.HttpMethod = "*"
    url_path: fields.UrlPath = "*"
    attributes: fields.Attributes = Field(default_factory=dict)

    def arguments(self) -> SamplingRule:
        """Returns the rule as the `Sampling` component takes it."""
        return {
            "name": self.name,
            "priority": self.priority,
            "fixed_rate": self.fixed_rate,
            "reservoir_size": self.reservoir_size,
            "service_name": self.service_name,
            "service_type": self.service_type,
            "host": self.host,
            "http_method": self.http_method,
            "url_path": self.url_path,
            "attributes": self.attributes,
        }


class TraceGroupSettings(StrictModel):
    """One X-Ray group."""

    name: fields.GroupName
    filter_expression: fields.FilterExpression
    insights: fields.Flag = False

    def arguments(self) -> TraceGroup:
        """Returns the group as the `Sampling` component takes it."""
        return {
            "name": self.name,
            "filter_expression": self.filter_expression,
            "insights": self.insights,
        }


class TailSamplingSettings(StrictModel):
    """What decides over a trace once its spans have met in one place."""

    percent: collector_fields.SharePercent
    slow_milliseconds: collector_fields.SlowMilliseconds | None = None
    keep_faults: fields.Flag = True
    wait_seconds: collector_fields.WaitSeconds = DEFAULT_WAIT_SECONDS

    def arguments(self) -> TailSampling:
        """Returns the sampling as a component takes it."""
        return {
            "percent": self.percent,
            "slow_milliseconds": self.slow_milliseconds,
            "keep_faults": self.keep_faults,
            "wait_seconds": self.wait_seconds,
        }
