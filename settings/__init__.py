"""The settings of a stack: one typed object, read and checked before the first resource."""

from .model import Settings, TransactionSearchMode
from .problems import SettingsError
from .reader import load_settings, read_configuration, read_settings

__all__ = [
    "Settings",
    "SettingsError",
    "TransactionSearchMode",
    "load_settings",
    "read_configuration",
    "read_settings",
]
