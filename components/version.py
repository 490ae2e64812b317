"""The version of the components, and of the packages that are made of them."""

from typing import Final

VERSION: Final = "0.1.0"
"""A semantic version (semver.org); CHANGELOG.md says what is new in it."""
