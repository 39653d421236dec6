"""Secrets inside of lists of settings, which the framework does not find by itself.

It hides a sensitive setting in logs as a whole, so the text of a whole list.
"""

from collections.abc import Iterable

from port_ocean.log.sensetive import sensitive_log_filter


def hide_in_logs(secrets: Iterable[str]) -> None:
    """Have the framework replace these in all that it logs."""
    sensitive_log_filter.hide_sensitive_strings(*secrets)
