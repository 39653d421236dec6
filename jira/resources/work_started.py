"""Which change of its status began the work on an issue."""

from functools import partial

from core.api import Api
from core.errors import MalformedReply
from core.trouble import UNKNOWN, Missing, attempt_once, with_values
from core.types import Item
from core.values import child, text
from jira.resources.issues import timestamp
from jira.resources.rows import sound

STATUSES = "rest/api/3/status"
WHAT = "the categories of statuses"
# The key of the category of what is still to be done, whatever that is called on a site
# (the reference has other keys in its examples, real sites have these):
# https://github.com/andygrunwald/go-jira testing/mock-data/all_statuscategories.json
TO_DO = "new"

# The category of each status by its id.
type Categories = dict[str, str | None] | Missing


async def categories_of_statuses(api: Api) -> Categories:
    """Return `new`, `indeterminate` or `done` for each status that Jira lists.

    These are the statuses of active workflows, perhaps not all for each account:
    https://agiletechnicalexcellence.com/2024/04/12/jira-api-statuses.html

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/
    """
    found = await attempt_once(WHAT, partial(_read, api), value=WHAT)
    # Whatever the reason, the times in the catalog are better than none.
    return UNKNOWN if isinstance(found, Missing) else found


async def _read(api: Api) -> dict[str, str | None]:
    rows = sound(await api.get_array(STATUSES), "id")
    if not rows:
        raise MalformedReply(f"{STATUSES} lists no statuses")
    return {str(s["id"]): text(child(s, "statusCategory").get("key")) for s in rows}


def with_starts(changes: list[Item], categories: Categories) -> list[Item]:
    """Add what Port's figures need to all status changes of some issues.

    `__toCategory`, null for a status that Jira does not list; `__atTimestamp` in Unix
    time; `__startsWork`, true for an issue's first change to a listed status that is
    not "to do".
    """
    dated = [{**one, "__atTimestamp": timestamp(one["__at"])} for one in changes]
    if isinstance(categories, Missing):
        unknown = {"__toCategory": categories, "__startsWork": categories}
        return [with_values(change, unknown) for change in dated]
    told = [{**one, "__toCategory": categories.get(one["__toId"])} for one in dated]
    begun = [
        (change["__atTimestamp"], number, change["__issueId"])
        for number, change in enumerate(told)
        if change["__atTimestamp"] is not None
        and change["__toCategory"] not in (None, TO_DO)
    ]
    # Each issue's earliest comes last and stays.
    first = {issue: number for _, number, issue in sorted(begun, reverse=True)}
    starts = {*first.values()}
    return [
        {**one, "__startsWork": number in starts} for number, one in enumerate(told)
    ]
