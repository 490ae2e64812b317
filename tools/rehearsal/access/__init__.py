"""Who the daemon is to AWS, what that lets it do, and who else can become it."""

from .check import Access, check_access

__all__ = ["Access", "check_access"]
