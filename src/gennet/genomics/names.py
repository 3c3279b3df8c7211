"""Words for messages, as genomics has long imported them from here."""

from gennet.core.names import count, near

__all__ = ["count", "near"]
