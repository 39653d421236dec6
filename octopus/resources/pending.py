"""What goes out if somebody promotes now: the issues of releases that a place lacks."""

from collections.abc import Iterable
from typing import Any

from core.api import Api
from core.trouble import Missing, with_values
from core.types import Item
from links.issue_keys import Finder, jira_projects, key_finder
from octopus.resources.progression import last_change, read_progression
from octopus.resources.releases_read import releases_read


async def add_pending(api: Api, places: list[Item], selector: Any) -> list[Item]:
    """Add the issues of later releases of the channel than the one that runs there.

    `__pendingIssueKeys`; where nothing runs yet, those of the latest deployment count
    as well. Null if the releases can't be told, or no issues are looked for.
    """
    pattern, known = selector.issue_key_pattern, jira_projects(api)
    find = key_finder(pattern, known)
    if isinstance(find, Missing):
        return [with_values(p, {"__pendingIssueKeys": find}) for p in places]
    looks = bool(pattern or known)
    found = [await _pending(api, p, find, pattern) if looks else None for p in places]
    return [
        with_values(place, {"__pendingIssueKeys": keys})
        for place, keys in zip(places, found, strict=True)
    ]


async def _pending(
    api: Api, place: Item, find: Finder, pattern: str | None
) -> list[str] | Missing | None:
    releases = releases_read(api, place, pattern, [_anchor(place).get("ReleaseId")])
    if releases is not None and (keys := _keys_after(releases, place)) is not None:
        return keys
    progression = await read_progression(
        api, place, find, pattern or "", last_change(place)
    )
    if isinstance(progression, Missing):
        return progression
    return _keys_after(progression.releases, place)


def _anchor(place: Item) -> Item:
    """Return the deployment whose release the others come after."""
    running = place.get("__running")
    return running if isinstance(running, dict) else place


def _keys_after(releases: Iterable[Item], place: Item) -> list[str] | None:
    anchor = _anchor(place)
    known = {release["Id"]: release for release in releases}
    own = known.get(anchor.get("ReleaseId"))
    if own is None:
        return None
    later = [
        release
        for release in known.values()
        if release["ChannelId"] == own["ChannelId"]
        and release["assembled"] > own["assembled"]
    ]
    missing = later if anchor is not place else [*later, own]
    return sorted({key for release in missing for key in release["keys"]})
