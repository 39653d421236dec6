"""The issues that a deployment brought, where Octopus notes no changes with it.

These are the issues of the channel's releases since the one that the same place had
before. A whole list, newest first, shows that release by itself, some rows further on;
otherwise the project's progression is asked for.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from datetime import datetime

from core.api import Api
from core.errors import ApiError
from core.trouble import Missing, current_report, with_values
from core.types import Item
from core.values import child, moment, text
from links.issue_keys import jira_projects, key_finder
from octopus.resources.figured import with_figures
from octopus.resources.progression import (
    LONG_AGO,
    SUCCESS,
    last_change,
    place_of,
    read_progression,
)
from octopus.resources.releases_read import releases_read
from octopus.selectors import ExecutionSelector

KEYS = "__jiraIssueKeys"
# A deployment without changes, and the one that its place had before, if the list
# shows it.
type Pair = tuple[Item, Item | None]


async def relate_each(
    api: Api, pages: AsyncGenerator[list[Item]], selector: ExecutionSelector
) -> AsyncGenerator[list[Item]]:
    """Add figures, and `__jiraIssueKeys` to what lacks them, each by its project's
    progression.
    """
    async with aclosing(pages):
        async for page in pages:
            related = [await _related(api, (item, None), selector) for item in page]
            yield [with_figures(api, item, selector) for item in related]


async def relate_whole_list(
    api: Api, pages: AsyncGenerator[list[Item]], selector: ExecutionSelector
) -> AsyncGenerator[list[Item]]:
    """Add figures, and `__jiraIssueKeys` to what lacks them, in a list that leaves
    nothing out.
    """
    places = _Places(shows_success=not selector.states or SUCCESS in selector.states)
    failure: ApiError | None = None
    try:
        async with aclosing(pages):
            async for page in pages:
                places.check()
                pairs = [pair for item in page for pair in places.add(item)]
                if pairs:
                    yield await _told(api, pairs, selector, places)
    except ApiError as error:
        failure = error
    if rest := [*places.end()]:
        yield await _told(api, rest, selector, places)
    if failure is not None:
        raise failure


async def _told(
    api: Api, pairs: list[Pair], selector: ExecutionSelector, places: "_Places"
) -> list[Item]:
    related = [await _related(api, pair, selector) for pair in pairs]
    is_sound = places.is_sound
    return [with_figures(api, i, selector, is_in_order=is_sound) for i in related]


class _Places:
    """Finds what was at a place before, in deployments that come newest first."""

    def __init__(self, *, shows_success: bool) -> None:
        self.is_sound = shows_success
        self._waiting: dict[str, list[Item]] = {}
        self._last: datetime | None = None

    def check(self) -> None:
        """Trust the list no more if something of it could not be read."""
        report = current_report()
        if report.has_gaps or report.hidden:
            self.is_sound = False

    def add(self, deployment: Item) -> Iterator[Pair]:
        """Take a deployment; yield what needs to wait no more."""
        place, created = place_of(deployment), moment(deployment.get("Created"))
        if not self._can_follow(place, created):
            yield from self.end()
        elif place in self._waiting and _state(deployment) in (SUCCESS, None):
            # One whose task is gone may have succeeded, or not.
            before = deployment if _state(deployment) else None
            earlier = [d for d in self._waiting[place] if _is_before(deployment, d)]
            self._waiting[place] = [d for d in self._waiting[place] if d not in earlier]
            yield from ((waiting, before) for waiting in earlier)
        if not self.is_sound:
            yield deployment, None
        else:
            self._waiting.setdefault(place or "", []).append(deployment)

    def _can_follow(self, place: str | None, created: datetime | None) -> bool:
        """Return whether the list shows everything, and in order, up to here."""
        is_next = created and (self._last is None or created <= self._last)
        self._last = created
        if not place or not is_next:
            self.is_sound = False
        return self.is_sound

    def end(self) -> Iterator[Pair]:
        """Yield what the list shows nothing before."""
        for waiting in self._waiting.values():
            yield from ((deployment, None) for deployment in waiting)
        self._waiting = {}


def _state(deployment: Item) -> str | None:
    return text(child(deployment, "__task").get("State"))


def _is_before(one: Item, other: Item) -> bool:
    first, second = (moment(d.get("Created")) or LONG_AGO for d in (one, other))
    return first < second


async def _related(api: Api, pair: Pair, selector: ExecutionSelector) -> Item:
    deployment, before = pair
    if KEYS in deployment:
        return deployment
    pattern = selector.issue_key_pattern
    keys: list[str] | Missing | None = None
    if before is not None:
        keys = _keys_between(api, before, deployment, pattern)
    if keys is None:
        keys = await _keys_by_progression(api, deployment, pattern)
    return with_values(deployment, {KEYS: keys})


def _keys_between(
    api: Api, before: Item, deployment: Item, pattern: str | None
) -> list[str] | None:
    """Return the issues by the releases of this resync, None if they don't tell."""
    ids = [d.get("ReleaseId") for d in (before, deployment)]
    if text(ids[0]) and ids[0] == ids[1]:
        return []
    releases = releases_read(api, deployment, pattern, ids)
    if releases is None:
        return None
    known = {release["Id"]: release for release in releases}
    first, own = (known[id_] for id_ in ids)
    if first["ChannelId"] != own["ChannelId"]:
        return None
    return _keys_of(releases, own, first)


async def _keys_by_progression(
    api: Api, deployment: Item, pattern: str | None
) -> list[str] | Missing:
    find = key_finder(pattern, jira_projects(api))
    since = max(last_change(deployment), last_change(child(deployment, "__task")))
    history = await read_progression(api, deployment, find, pattern or "", since)
    if isinstance(history, Missing):
        return history
    releases, release_id = history.releases, deployment.get("ReleaseId")
    own = next((r for r in releases if r["Id"] == release_id), None)
    if own is None:  # too old for a progression
        return []
    channel = [r for r in releases if r["ChannelId"] == own["ChannelId"]]
    return _keys_of(channel, own, _release_before(channel, deployment))


def _keys_of(releases: Iterable[Item], own: Item, before: Item | None) -> list[str]:
    """Return the issues of a release and of those of its channel since another."""
    after = before["assembled"] if before else None
    brought = [
        release
        for release in releases
        if (release is own and release is not before)
        or (
            after
            and release["ChannelId"] == own["ChannelId"]
            and after < release["assembled"] < own["assembled"]
        )
    ]
    return sorted({key for release in brought for key in release["keys"]})


def _release_before(releases: list[Item], deployment: Item) -> Item | None:
    """Return the release that the same place had before this deployment."""
    place = [deployment.get("EnvironmentId"), deployment.get("TenantId")]
    limit = moment(deployment.get("Created")) or LONG_AGO
    earlier = [
        (created, number)
        for number, release in enumerate(releases)
        for *entry, created in release["deployments"]
        if entry == place and created < limit
    ]
    return releases[max(earlier)[1]] if earlier else None
