"""Which issues a change of a release or a deployment concerns (pure).

The log keeps what has changed until the catalog was told.
"""

from collections.abc import Iterable

from core.resource import Resource
from core.trouble import ODD_FORM
from core.types import Item
from framework.entity_processor import GONE
from links.reaching import surely_has, surely_lacks
from octopus.resources import RELEASE
from octopus.resources.delivered import number_in
from octopus.resources.delivery_log import DeliveryLog, Release, number_of
from octopus.resources.places import Number
from octopus.resources.progression import place_of


def touched_by_release(log: DeliveryLog, ref: Item, *, is_gone: bool) -> set[str]:
    """Return the issues that a release carries, or carried before it changed.

    `ref` has its `Id` and its `SpaceId`, so that what one space does not have removes
    nothing of another. What it no longer carries is returned until it was `told`.
    """
    try:
        number = number_of(ref["Id"])
    except ODD_FORM:
        return set()
    release = log.releases.get(number)
    if release is not None and release.space != ref.get("SpaceId"):
        return set()
    if is_gone:
        drop_releases(log, number, [number])
    before = log.dropped.get(number, set())
    return before | {*release.keys} if release else {*before}


def drop_releases(
    log: DeliveryLog, name: Number | str, numbers: Iterable[Number]
) -> set[str]:
    """Remove releases; return the issues that they carried, until these were `told`.

    `name` is what they are gone with: one release itself, or their project.
    """
    lost = {key for number in numbers for key in log.remove_release(number)}
    if lost:
        log.dropped.setdefault(name, set()).update(lost)
    return {*log.dropped.get(name, ())}


def told(log: DeliveryLog, name: Number | str, keys: set[str]) -> None:
    """Note that the catalog knows these issues that a release, or a project, lost."""
    if left := log.dropped.pop(name, set()) - keys:
        log.dropped[name] = left


def told_of(log: DeliveryLog, declared: Resource, item: Item, keys: set[str]) -> None:
    """Note that the catalog knows what a release or a deployment changed."""
    number = number_in(item)
    if number is None:
        return
    if declared is RELEASE:
        told(log, number, keys)
    else:
        log.taken_back.discard(number)


def touched(log: DeliveryLog, declared: Resource, item: Item) -> set[str]:
    """Return the issues that a release or a deployment, as it is now, concerns."""
    if declared is RELEASE:
        return touched_by_release(log, item, is_gone=bool(item.get(GONE)))
    return touched_by_deployment(log, item)


def touched_by_deployment(log: DeliveryLog, deployment: Item) -> set[str]:
    """Return the issues that came or went with a deployment that has succeeded.

    At a place where nothing was before, that is all issues of the project: the place
    counts among those that they are to reach. So it is where a success was taken back,
    until that was told.
    """
    place = log.places.get(place_of(deployment) or "")
    if place is None:
        return set()
    came = [one for one in place if one.release in log.releases]
    number = number_of(deployment["Id"])
    named = [log.releases[n] for n in log.of_project.get(place.project, ())]
    at = next((n for n, one in enumerate(came) if one.number == number), None)
    if at is None and number not in log.taken_back:
        return set()
    if at is not None and len(came) > 1:
        others = [one.release for one in came[max(at - 1, 0) : at + 2]]
        named = [one for one in named if _differs(log, others, one)]
    return {key for release in named for key in release.keys}


def _differs(log: DeliveryLog, numbers: list[Number], named: Release) -> bool:
    """Return whether a release means something else after than before another one."""
    releases = [log.releases[number] for number in numbers]
    answers = {(surely_has(r, named), surely_lacks(r, named)) for r in releases}
    return len(answers) > 1
