"""Releases, with the Jira issues that they carry."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from core.errors import Forbidden
from core.paging import SkipTakePaging
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.dashboard import read_dashboards
from octopus.resources.deliveries import of_projects
from octopus.resources.executions import get_many
from octopus.resources.history import newest_first
from octopus.resources.links import (
    add_projects,
    issue_keys,
    jira_projects,
    key_finder,
    project_ids,
)
from octopus.resources.spaces import add_url, in_space
from octopus.selectors import ReleaseSelector

# With large build information, bigger pages have brought servers down.
RELEASE_PAGE = SkipTakePaging(size=50)


async def add_issues(
    api: Api, releases: list[Item], selector: ReleaseSelector
) -> list[Item]:
    """Keep the releases of the selected projects and add the issues in them.

    `__jiraIssueKeys`, where they were found (`__jiraIssueKeySource`), the projects of
    these keys (`__jiraProjectKeys`, `__jiraProjectIds`), and `__url`.
    """
    known = jira_projects(api)
    find = key_finder(selector.issue_key_pattern, known)
    ids = project_ids(known)
    kept = []
    for release in await of_projects(api, releases, selector):
        keys, source = issue_keys([release], find)
        carrying = {"__jiraIssueKeys": keys, "__jiraIssueKeySource": source}
        projects = sorted({key.rpartition("-")[0] for key in keys})
        kept.append(add_projects({**release, **carrying}, projects, ids))
    return await add_url(api, kept, selector)


async def in_use(
    api: Api, space_id: str, since: datetime
) -> AsyncGenerator[list[Item]]:
    """Yield the releases that run somewhere, or did before the latest, however old."""
    try:
        async with aclosing(read_dashboards(api, space_id)) as dashboards:
            async for dashboard in dashboards:
                shown = (*dashboard["Items"], *(dashboard.get("PreviousItems") or []))
                ids = dict.fromkeys(entry["ReleaseId"] for entry in shown)
                yield await get_many(api, f"api/{space_id}/releases", list(ids))
    except Forbidden:  # who may not see deployments, sees what the look-back brings
        return


# https://octopus.com/docs/api/releases
RELEASE = in_space(
    OctopusKind.RELEASE,
    "releases",
    list_with=newest_first("releases", "Assembled", RELEASE_PAGE, older=in_use),
    dated_by="Assembled",
    enrich=add_issues,
)
