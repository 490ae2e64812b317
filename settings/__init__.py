"""The settings of a stack: one typed object, read and checked before the first resource."""

from .collector_fields import TransactionSearchMode
from .model import Settings
from .problems import SettingsError
from .reader import load_settings, own_configuration, read_settings
from .sampling_model import SamplingRuleSettings, TailSamplingSettings, TraceGroupSettings

__all__ = [
    "SamplingRuleSettings",
    "Settings",
    "SettingsError",
    "TailSamplingSettings",
    "TraceGroupSettings",
    "TransactionSearchMode",
    "load_settings",
    "own_configuration",
    "read_settings",
]
