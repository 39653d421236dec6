"""When an issue came to a place, and whether the release there still has it (pure).

A release surely has what it names, and what earlier releases of its channel name, as
Octopus counts the changes of a deployment; pre-releases stand for themselves:
https://octopus.com/docs/releases/deployment-changes
It surely lacks what only later releases name, by their date or by their version. In all
other cases, such as a hotfix from another channel, nothing is known to have changed.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from octopus.resources.delivery_log import Release
from octopus.resources.places import Deployed, Number, Place

_VERSION = re.compile(r"v?(\d{1,18}(?:\.\d{1,18})*)(-)?", re.IGNORECASE)

type Core = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of an issue at a place; `back` is when it was gone again.

    `is_known` tells that what came last has it or lacks it, whatever came before.
    """

    first: Deployed | None = None
    last: Deployed | None = None
    is_there: bool = False
    back: float | None = None
    is_known: bool = True


@lru_cache(4096)  # projects share their versions' first numbers
def parse_version(version: str) -> tuple[Core, bool]:
    """Return a version's numbers, none for another form, and if it's a pre-release."""
    found = _VERSION.match(version)
    if found is None:
        return (), False
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return (*numbers, 0), found[2] is not None


def surely_has(own: Release, other: Release) -> bool:
    """Return whether a release has what another one names."""
    if own is other:
        return True
    (core, is_early), (other_core, other_is_early) = map(
        parse_version, (own.version, other.version)
    )
    return (
        own.channel == other.channel
        and not is_early
        and not other_is_early
        and own.assembled >= other.assembled
        and (not core or not other_core or core >= other_core)
    )


def surely_lacks(own: Release, other: Release) -> bool:
    """Return whether a release is older than another one, or of an older version."""
    if own is other:
        return False
    core, other_core = (parse_version(r.version)[0] for r in (own, other))
    is_older = bool(core and other_core and core < other_core)
    return is_older or own.assembled < other.assembled


class Timeline:
    """What came to a place, oldest first."""

    def __init__(self, place: Place, releases: Mapping[Number, Release]) -> None:
        """Take the releases that are known; deployments of others prove nothing."""
        self._came = [
            (one, releases[one.release]) for one in place if one.release in releases
        ]
        self._created = [one.created for one, _ in self._came]
        later = [release for _, release in reversed(self._came)]
        # The oldest of all that came since each of them; what is older stayed there.
        self._oldest = [*accumulate((r.assembled for r in later), min)][::-1]
        cores = (parse_version(release.version)[0] for release in later)
        self._least = [*accumulate(cores, min)][::-1]

    def __len__(self) -> int:
        return len(self._came)

    def reach(self, carriers: Iterable[Release]) -> Reach:
        """Return what became of an issue that these releases carry."""
        named = list(carriers)
        reach = Reach()
        # What was deployed before its first release was assembled does not have it.
        start = bisect_left(self._created, min(one.assembled for one in named))
        for at in range(start, len(self._came)):
            deployed, release = self._came[at]
            if not reach.is_there:
                if any(surely_has(release, one) for one in named):
                    reach = Reach(reach.first or deployed, deployed, is_there=True)
            elif all(surely_lacks(release, one) for one in named):
                reach = Reach(reach.first, reach.last, back=deployed.completed)
            if reach.is_there and self._stays(at, named):
                break
        if not reach.is_there and self._came:
            lacks = all(surely_lacks(self._came[-1][1], one) for one in named)
            reach = replace(reach, is_known=lacks)
        return reach

    def _stays(self, at: int, named: list[Release]) -> bool:
        """Return whether nothing that came since can lack what these name."""
        return any(
            self._oldest[at] >= one.assembled
            and self._least[at] >= parse_version(one.version)[0]
            for one in named
        )
