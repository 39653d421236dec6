"""What a deployment was for delivery: its lead time, failure and recovery (pure).

Most definitions are those of Octopus Insights:
https://octopus.com/docs/insights/metrics
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from core.trouble import UNKNOWN, Missing
from core.types import Item
from core.values import child, iso_time, moment, text
from octopus.resources.delivery_log import (
    FAILED,
    DeliveryLog,
    Release,
    number_of,
)
from octopus.resources.places import Deployed, History, Number
from octopus.resources.progression import SUCCESS, place_of

FIGURES = (
    "__leadTimeHours",
    "__isFailure",
    "__isRollback",
    "__recoveredAt",
    "__recoveryHours",
)
NOTHING_YET: Item = dict.fromkeys(FIGURES)
NOT_KNOWN: Item = dict.fromkeys(FIGURES, UNKNOWN)
CANCELED = "Canceled"
# A release that is replaced by an older one within this time was a failure.
ROLLBACK_SECONDS = timedelta(days=7).total_seconds()
HOUR = 3600.0

# Says which deployments in the log are there for sure.
type Counts = Callable[[Number], bool]


def figures_of(
    log: DeliveryLog, deployment: Item, since: datetime | None, counts: Counts
) -> Item:
    """Return the figures of a deployment, joined with its task; UNKNOWN if they are.

    The log has what is assembled or created `since` a moment. Until a deployment has
    ended, there is nothing to tell of it.
    """
    name, created = place_of(deployment), moment(deployment.get("Created"))
    state = text(child(deployment, "__task").get("State"))
    if state is None or name is None or created is None:
        return NOT_KNOWN
    if state not in (SUCCESS, CANCELED, *FAILED):
        return NOTHING_YET
    around = _Around(log, name, _own(deployment, created), counts)
    has_failed = around.has_failed(state, deployment.get("FailureEncountered") is True)
    before = around.release_before(since)
    return {
        "__leadTimeHours": around.lead(before, since) if state == SUCCESS else None,
        "__isFailure": has_failed,
        "__isRollback": state != CANCELED and around.is_older_than(before),
        **around.recovery(has_failed),
    }


def _own(deployment: Item, created: datetime) -> Deployed:
    completed = moment(child(deployment, "__task").get("CompletedTime")) or created
    return Deployed(
        number_of(deployment["Id"]),
        number_of(deployment.get("ReleaseId")),
        created.timestamp(),
        completed.timestamp(),
    )


class _Around:
    """What came to the place of a deployment before and after it."""

    def __init__(
        self, log: DeliveryLog, name: str, own: Deployed, counts: Counts
    ) -> None:
        self._log, self._own, self._counts = log, own, counts
        self._place = log.places.get(name) or History()
        self._failures = log.failures.get(name) or History()
        self._release = log.releases.get(own.release)

    def release_before(self, since: datetime | None) -> Release | Missing | None:
        """Return what was there before, None if nothing was."""
        key = self._own.created, self._own.number
        last = next((d for d in self._place.before(*key) if self._is_there(d)), None)
        unsure = takewhile(
            lambda d: last is None or d.created >= last.created,
            self._failures.before(*key),
        )
        if any(math.isnan(one.completed) for one in unsure if self._is_there(one)):
            return UNKNOWN
        if last is None:
            return UNKNOWN if since else None
        return self._log.releases.get(last.release, UNKNOWN)

    def _is_there(self, one: Deployed) -> bool:
        return self._counts(one.number)

    def lead(
        self, before: Release | Missing | None, since: datetime | None
    ) -> float | Missing | None:
        """Return the hours since the earliest release that was not there was assembled.

        None if all of it had been there.
        """
        own = self._release
        if own is None or isinstance(before, Missing):
            return UNKNOWN
        start = -math.inf if before is None else before.assembled
        if since and start < since.timestamp():
            return UNKNOWN  # earlier releases than those in the log may come next
        times = self._log.assembled[own.project, own.channel]
        at = bisect_right(times, start)
        if at == len(times) or times[at] > own.assembled:
            return None
        return _hours(times[at], self._own.completed) if times[at] > 0 else None

    def is_older_than(self, before: Release | Missing | None) -> bool | Missing:
        """Return whether it brings an older release than what was there."""
        if self._release is None or isinstance(before, Missing):
            return UNKNOWN
        return before is not None and self._release.assembled < before.assembled

    def has_failed(self, state: str, was_guided: bool) -> bool | Missing:
        """Return whether it failed, at once or after all."""
        if state == SUCCESS:
            return was_guided or self.is_rolled_back()
        return state in FAILED

    def is_rolled_back(self) -> bool | Missing:
        """Return whether the next success soon brought an older release."""
        after = next(self._successes_after(), None)
        if after is None or after.completed - self._own.completed > ROLLBACK_SECONDS:
            return False
        release = self._log.releases.get(after.release)
        if self._release is None or release is None:
            return UNKNOWN
        return release.assembled < self._release.assembled

    def recovery(self, has_failed: bool | Missing) -> Item:
        """Return when the next success without guided failure came after a failure."""
        value: Any = UNKNOWN if isinstance(has_failed, Missing) else None
        values: Item = dict.fromkeys(("__recoveredAt", "__recoveryHours"), value)
        guided = self._log.guided
        sound = (d for d in self._successes_after() if d.number not in guided)
        if has_failed is True and (next_one := next(sound, None)):
            values["__recoveredAt"] = iso_time(next_one.completed)
            hours = _hours(self._own.completed, next_one.completed)
            values["__recoveryHours"] = hours
        return values

    def _successes_after(self) -> Iterator[Deployed]:
        after = self._place.after(self._own.created, self._own.number)
        return filter(self._is_there, after)


def neighbours(log: DeliveryLog, deployment: Item) -> set[Number]:
    """Return the deployments whose figures may depend on how one has ended.

    These are failures that it recovers, what it rolls back, and what came next. What
    seemed to be rolled back by others, which ended first, is judged anew.
    """
    number, name = number_of(deployment["Id"]), place_of(deployment)
    created = moment(deployment.get("Created"))
    if name is None or created is None:
        return set()
    key = created.timestamp(), number
    place = log.places.get(name) or History()
    later = [log.releases.get(number_of(deployment.get("ReleaseId")))]
    first, last, found = -math.inf, math.inf, set[Number]()
    if following := next(place.after(*key), None):
        last = following.created
        found.add(following.number)
        later.append(log.releases.get(following.release))
    for one in place.before(*key):
        is_sound = one.number not in log.guided
        old = log.releases.get(one.release)
        if not is_sound or any(_is_older(release, old) for release in later):
            found.add(one.number)
        later.append(old)
        if is_sound:
            first = one.created
            break
    failures = log.failures.get(name) or History()
    return found | {d.number for d in failures if first <= d.created <= last} - {number}


def _is_older(own: Release | None, other: Release | None) -> bool:
    return own is not None and other is not None and own.assembled < other.assembled


def _hours(start: float, end: float) -> float:
    return round(max(end - start, 0.0) / HOUR, 2)
