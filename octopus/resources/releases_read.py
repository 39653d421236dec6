"""What a resync has read of releases, for what else needs to know their issues."""

from collections.abc import Iterable
from typing import Any

from core.api import Api
from core.types import Item
from core.values import moment, text
from octopus.resources.history import cutoff
from octopus.resources.progression import LONG_AGO


def _key(space_id: str, pattern: str | None) -> str:
    return f"releases of {space_id} {pattern or ''}"


def collect_releases(api: Api, space_id: str, selector: Any) -> Item:
    """Begin to keep what `keep_release` is told of a space's releases; return it.

    It counts when `is_complete` is set, at the end of the list.
    """
    since = cutoff(selector) or LONG_AGO
    kept: Item = {"since": since, "is_complete": False, "projects": {}}
    api.remember(_key(space_id, selector.issue_key_pattern), [kept])
    return kept


def keep_release(api: Api, release: Item, keys: list[str], pattern: str | None) -> None:
    """Keep which issues a release carries."""
    space, project = text(release.get("SpaceId")), text(release.get("ProjectId"))
    if space and project and (kept := api.recall(_key(space, pattern))):
        assembled = moment(release.get("Assembled")) or LONG_AGO
        essence = {
            **{name: release.get(name) for name in ("Id", "ChannelId")},
            "assembled": assembled,
            "keys": keys,
        }
        kept[0]["projects"].setdefault(project, {})[release["Id"]] = essence


def releases_read(
    api: Api, item: Item, pattern: str | None, ids: Iterable[Any]
) -> list[Item] | None:
    """Return all releases of an item's project since the oldest of those named.

    Each has `Id`, `ChannelId`, `assembled`, and the `keys` that `pattern` finds. None
    unless this resync has read all of them.
    """
    kept = api.recall(_key(str(item.get("SpaceId")), pattern))
    if not kept or not kept[0]["is_complete"]:
        return None
    known: dict[str, Item] = kept[0]["projects"].get(text(item.get("ProjectId")), {})
    for id_ in ids:
        named = known.get(text(id_) or "")
        if named is None or named["assembled"] < kept[0]["since"]:
            return None
    return list(known.values())
