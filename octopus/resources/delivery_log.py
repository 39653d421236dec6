"""What was delivered where: releases with their issues, and the ends of deployments.

The kinds that read them leave here what they have read, so that the delivery of issues
needs no request of its own. It is kept as long as the process runs, in some ten bytes
for each number: 120,000 deployments and 200,000 issues take less than 120 MB.
"""

import asyncio
import math
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import ref

from core.types import Item
from core.values import moment, required
from octopus.resources.listing import Listing
from octopus.resources.places import Deployed, Number, Place, new_place
from octopus.resources.progression import SUCCESS, place_of

RELEASES, DEPLOYMENTS = "releases", "deployments"
# How a task ends that nobody has cancelled, and that has not succeeded.
FAILED = ("Failed", "TimedOut")


class Release(NamedTuple):
    """A release; `assembled` is Unix time."""

    space: str
    project: str
    channel: str
    version: str
    assembled: float
    keys: tuple[str, ...]


class DeliveryLog:
    """Releases and deployments of one selection."""

    def __init__(self) -> None:
        # Held while the lists are read for this log alone.
        self.lock = asyncio.Lock()
        # Counts changes, for those who remember what they have made of the log.
        self.version = 0
        self.releases: dict[Number, Release] = {}
        self.places: dict[str, Place] = {}
        # What ended otherwise, or nobody knows how (then `completed` is NaN), by place.
        self.failures: dict[str, Place] = {}
        # Successes that guided failure let go on.
        self.guided: set[Number] = set()
        # When the releases of a project's channel were assembled, in order.
        self.assembled: dict[tuple[str, str], array[float]] = {}
        # The releases that carry an issue, the releases and the places of a project.
        self.carriers: dict[str, tuple[Number, ...]] = {}
        self.of_project: dict[str, list[Number]] = {}
        self.places_of_project: dict[str, list[Place]] = {}
        # Issues that a release, or all of a project (by its id), carried and no longer
        # do, until that was told.
        self.dropped: dict[Number | str, set[str]] = {}
        # Deployments that no longer count as a success, until that was told.
        self.taken_back: set[Number] = set()
        # Those that do now and did not, or the other way round, or at another time,
        # until it was told what that means for others at their place.
        self.turned: set[Number] = set()
        # By the monotonic clock: when an event has needed the lists, in vain.
        self.unreadable_since: float | None = None
        # What runs in a space, by its dashboards.
        self.running: dict[str, set[Number]] = {}
        # Which lists of a space were read to their end, and in which resync.
        self._read: dict[tuple[str, str], ref[object] | None] = {}
        self._listings: dict[tuple[str, str], Listing] = {}

    def put_release(self, number: Number, release: Release) -> None:
        """Add a release, or replace what was known of it."""
        self.note(RELEASES, release.space, number)
        before = self.releases.get(number)
        if before == release:
            return
        self.version += 1
        if before is not None:
            self.remove_release(number)
            if lost := {*before.keys} - {*release.keys}:
                self.dropped.setdefault(number, set()).update(lost)
        self.releases[number] = release
        self.of_project.setdefault(release.project, []).append(number)
        times = self.assembled.setdefault(_channel(release), array("d"))
        insort(times, release.assembled)
        for key in release.keys:
            self.carriers[key] = (*self.carriers.get(key, ()), number)

    def remove_release(self, number: Number) -> set[str]:
        """Remove a release; return the issues that it carried."""
        release = self.releases.pop(number, None)
        if release is None:
            return set()
        self.version += 1
        self.of_project[release.project].remove(number)
        times = self.assembled[_channel(release)]
        del times[bisect_left(times, release.assembled)]
        for key in release.keys:
            left = tuple(n for n in self.carriers[key] if n != number)
            if left:
                self.carriers[key] = left
            else:
                del self.carriers[key]
        return {*release.keys}

    def put_deployment(self, space: str, item: Item, task: Item) -> None:
        """Add a deployment that has succeeded; forget one that has not (any more)."""
        place, number = place_of(item), number_of(item["Id"])
        if place is None:
            raise ValueError(f"{item['Id']} names no place")
        self.version += 1
        if created := moment(item.get("Created")):
            completed = moment(task.get("CompletedTime")) or created
            has_succeeded = task.get("State") == SUCCESS
            release = number_of(required(item, "ReleaseId")) if has_succeeded else 0
            one = Deployed(number, release, created.timestamp(), completed.timestamp())
            if has_succeeded:
                self._put_success(self._place(space, item, place), one, item)
            else:
                self._take_back(place, one)
                if task.get("State") in FAILED:
                    self.failures.setdefault(place, new_place(space, item)).put(one)
        self.note(DEPLOYMENTS, space, number)

    def put_unknown(self, space: str, item: Item) -> None:
        """Note a deployment of which nobody knows any more how it ended."""
        place, number = place_of(item), number_of(item["Id"])
        created = moment(item.get("Created"))
        if place and created:
            one = Deployed(number, 0, created.timestamp(), math.nan)
            known = self.places.get(place)
            if known is None or not known.has(one):
                self.failures.setdefault(place, new_place(space, item)).put(one)
        self.note(DEPLOYMENTS, space, number)

    def _put_success(self, place: Place, one: Deployed, item: Item) -> None:
        is_turned = place.put(one)
        if failures := self.failures.get(str(place_of(item))):
            failures.discard(one.created, one.number)
        if "FailureEncountered" in item:  # dashboards do not tell
            is_guided = item["FailureEncountered"] is True
            is_turned |= is_guided != (one.number in self.guided)
            (self.guided.add if is_guided else self.guided.discard)(one.number)
        if is_turned:
            self.turned.add(one.number)

    def _take_back(self, name: str, one: Deployed) -> None:
        """Forget how a deployment ended, if that was known."""
        place = self.places.get(name)
        if place is not None and place.discard(one.created, one.number):
            self.taken_back.add(one.number)
            self.turned.add(one.number)
        if name in self.failures:
            before = self.failures[name].discard(one.created, one.number)
            if before and math.isnan(before.completed):  # now it is known
                self.turned.add(one.number)

    def put_running(self, space: str, running: Iterable[Item]) -> None:
        """Add all that runs in a space, however old it is.

        Raises ValueError for a deployment that can't be kept; then it is not known what
        runs there.
        """
        numbers = set()
        for one in running:
            item = {**one, "Id": required(one, "DeploymentId")}
            self.put_deployment(space, item, one)
            numbers.add(number_of(item["Id"]))
        self.running[space] = numbers

    def _place(self, space: str, item: Item, name: str) -> Place:
        if name not in self.places:
            place = self.places[name] = new_place(space, item)
            self.places_of_project.setdefault(place.project, []).append(place)
        return self.places[name]

    def begin(self, what: str, space: str) -> Listing:
        """Begin a list of a space; what it does not bring is forgotten at its end."""
        listing = self._listings[what, space] = Listing(self.turned)
        return listing

    def finish(
        self, what: str, space: str, listing: Listing, run: object | None
    ) -> None:
        """End a list of a resync; it was read if all that it names was kept."""
        if self._listings.get((what, space)) is not listing:
            return  # another one has begun since
        del self._listings[what, space]
        if not listing.named <= listing.kept:
            return
        self.version += 1
        if what == RELEASES:
            own = {n for n, r in self.releases.items() if r.space == space}
            for number in own - listing.kept:
                self.remove_release(number)
            self.dropped = {n: k for n, k in self.dropped.items() if n not in own}
        else:
            kept = listing.kept | self.running.get(space, set())
            for place in (*self.places.values(), *self.failures.values()):
                if place.space == space:
                    place.keep(kept)
            # A resync tells of each of them; a list for this log alone of none.
            self.turned -= kept if run is not None else kept - listing.untold
        self._read[what, space] = ref(run) if run is not None else None

    def was_read(self, space: str, run: object | None = None) -> bool:
        """Return whether a space was read to its end, in a certain resync if any."""
        lists = [(what, space) for what in (RELEASES, DEPLOYMENTS)]
        if run is None:
            return all(one in self._read for one in lists)
        found = (self._read.get(one) for one in lists)
        return all(known is not None and known() is run for known in found)

    def abandon(self, what: str, space: str, listing: Listing) -> None:
        """End a list that was not read to its end, if that was not done already."""
        if self._listings.get((what, space)) is listing:
            del self._listings[what, space]

    def listing(self, what: str, space: str) -> Listing | None:
        """Return the list of a space that is being read."""
        return self._listings.get((what, space))

    def has(self, what: str, space: str) -> bool:
        """Return whether a list of a space was ever read to its end."""
        return (what, space) in self._read

    def note(self, what: str, space: str, number: Number) -> None:
        """Note that an item of a list is dealt with."""
        if listing := self._listings.get((what, space)):
            listing.kept.add(number)


def _channel(release: Release) -> tuple[str, str]:
    return release.project, release.channel


def number_of(id_: Any) -> Number:
    """Return the number in an id; raises ValueError for an id without."""
    return int(str(id_).rpartition("-")[2])
