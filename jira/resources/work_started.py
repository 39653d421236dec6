"""Which change of its status began the work on an issue."""

from functools import partial

from core.api import Api
from core.errors import MalformedReply
from core.trouble import Missing, attempt_once, with_values
from core.types import Item
from core.values import child, text
from jira.resources.issues import timestamp
from jira.resources.rows import sound

STATUSES = "rest/api/3/status"
WHAT = "the categories of statuses"
# The category of what is still to be done, whatever it is called on a site.
TO_DO = "new"

# The category of each status by its id.
type Categories = dict[str, str | None] | Missing


async def categories_of_statuses(api: Api) -> Categories:
    """Return `new`, `indeterminate` or `done` for each status that a workflow has.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/
    """
    found = await attempt_once(WHAT, partial(_read, api), value=WHAT)
    # Whatever the reason, the times in the catalog are better than none.
    return Missing(is_permanent=False) if isinstance(found, Missing) else found


async def _read(api: Api) -> dict[str, str | None]:
    rows = sound(await api.get_array(STATUSES), "id")
    if not rows:
        raise MalformedReply(f"{STATUSES} lists no statuses")
    return {str(s["id"]): text(child(s, "statusCategory").get("key")) for s in rows}


def with_starts(changes: list[Item], categories: Categories) -> list[Item]:
    """Add what Port's figures need to all status changes of some issues.

    `__toCategory`, null for a status that no workflow has any more; `__atTimestamp` in
    Unix time; `__startsWork`, true for an issue's first change to a status that is not
    "to do".
    """
    first: dict[str, tuple[float, int]] = {}
    for number, change in enumerate(changes):
        at = timestamp(change["__at"])
        if at is not None and _is_begun(change, categories):
            id_ = change["__issueId"]
            first[id_] = min(first.get(id_, (at, number)), (at, number))
    starts = {number for _, number in first.values()}
    return [
        with_values(
            change,
            {
                "__toCategory": _category(change, categories),
                "__atTimestamp": timestamp(change["__at"]),
                "__startsWork": (
                    categories if isinstance(categories, Missing) else number in starts
                ),
            },
        )
        for number, change in enumerate(changes)
    ]


def _is_begun(change: Item, categories: Categories) -> bool:
    return _category(change, categories) not in (None, TO_DO)


def _category(change: Item, categories: Categories) -> str | Missing | None:
    if isinstance(categories, Missing):
        return categories
    return categories.get(change["__toId"])
