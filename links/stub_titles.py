"""Titles for issues that releases carry and Jira does not bring, such as old ones.

Port makes them without any, for a release refers to them.
"""

from collections.abc import Set

from core.types import Item
from framework.resync_run import current_run
from jira.kinds import JiraKind


def keys_of_jira() -> Set[str] | None:
    """Return the issues that this resync brought of Jira, None unless it is sure."""
    run = current_run()
    readings = run.readings if run else []
    of_jira = [r for r in readings if r.mapping.kind == JiraKind.ISSUE]
    if not of_jira or any(
        r.hidden
        or any(one.not_read for one in r.sources)
        or (r.items and not r.brought)
        for r in of_jira
    ):
        return None
    return {identifier for reading in of_jira for _, identifier in reading.brought}


def with_title(item: Item, keys: Set[str] | None) -> Item:
    """Return an issue's delivery with a `title` if nothing else gives it one."""
    if keys is None or item["issueKey"] in keys:
        return item
    # People know it by its key, whatever site it is of.
    return {**item, "title": item["issueKey"].rpartition("/")[2]}
