"""How an action can fail, in words for the person who started it."""

from collections.abc import Mapping

import httpx
from port_ocean.exceptions.execution_manager import ActionExecutionError

from core.errors import (
    ApiError,
    Forbidden,
    MalformedReply,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)

REFUSED, NOT_SENT, UNKNOWN = "Refused", "Not sent", "Outcome unknown"
NOT_ALLOWED, NOT_FOUND, UNREACHABLE = "Not allowed", "Not found", "Unreachable"
NOTHING_CHANGED = "Nothing was changed."
EARLIER_STEPS = "What was changed before that stays."
# The request never left this machine.
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
LABELS: Mapping[type[ApiError], str] = {
    Unauthorized: "Not signed in",
    Forbidden: NOT_ALLOWED,
    NotFound: NOT_FOUND,
    RateLimited: "Rate limited",
    Unavailable: UNREACHABLE,
}
# Failures to reach the vendor, which say nothing of a change that was sent before.
MAY_PASS = frozenset({*LABELS.values(), NOT_SENT}) - {NOT_ALLOWED, NOT_FOUND}


class ActionFailed(ActionExecutionError):
    """End a run as failed; nothing, or only what the message says, was changed.

    The label is shown beside the run's status, in two words at most.
    """

    DEFAULT_STATUS_LABEL = REFUSED


class OutcomeUnknown(Exception):
    """A change was sent, and its reply is not known: it has to be looked up."""


def never_left(error: Exception) -> bool:
    """Return whether a request that brought no reply was never sent, either."""
    return isinstance(error.__cause__, NEVER_LEFT)


def is_unknown(error: ApiError) -> bool:
    """Return whether a change may have been carried out in spite of the error.

    A 5xx, a dropped connection, a proxy's page, or a reply that can't be read: the
    vendor may have done it. Any refusal in its own words says that it has not.
    """
    if isinstance(error, MalformedReply):
        return True
    return isinstance(error, Unavailable) and not never_left(error)


def what_stays(has_changed: bool) -> str:
    """Return what a run that failed has changed: nothing, or its earlier steps."""
    return EARLIER_STEPS if has_changed else NOTHING_CHANGED


def failed_by(
    error: ApiError, more: str = "", has_changed: bool = False
) -> ActionFailed:
    """Return the failure of a run whose request was refused; `more` explains it."""
    label = next(
        (text for kind, text in LABELS.items() if isinstance(error, kind)), REFUSED
    )
    parts = (str(error).rstrip("."), more.rstrip("."), what_stays(has_changed))
    return ActionFailed(". ".join(part for part in parts if part), label)
