"""Releases, with the Jira issues that they carry."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from core.api import Api
from core.changes import listed_by
from core.paging import SkipTakePaging
from core.resource import ListWith, Resource
from core.trouble import UNKNOWN, Missing, current_report, incomplete
from core.types import Item
from core.values import objects, text, with_dates
from links.issue_keys import (
    add_projects,
    issue_keys,
    jira_projects,
    key_finder,
    projects_in,
)
from octopus.kinds import OctopusKind
from octopus.paging import MOST_ROWS
from octopus.resources.changes import changed_documents
from octopus.resources.current_releases import all_running
from octopus.resources.dashboard import current, read_dashboards
from octopus.resources.delivered import log_releases, log_running, logged
from octopus.resources.deliveries import of_projects
from octopus.resources.delivery_log import RELEASES
from octopus.resources.history import cutoff, newest_first
from octopus.resources.releases_read import collect_releases, keep_release
from octopus.resources.spaces import add_url, in_space
from octopus.selectors import ReleaseSelector

# With large build information, a hundred at once have brought servers down:
# https://github.com/OctopusDeploy/Issues/issues/7677
RELEASE_PAGE = SkipTakePaging(size=50, most=MOST_ROWS)
# What depends on texts, and so on what Jira's projects are called.
FOUND_IN_TEXTS = (
    "__jiraIssueKeys",
    "__jiraIssueKeySource",
    "__jiraProjectKeys",
    "__jiraProjectIds",
)


async def add_issues(
    api: Api, releases: list[Item], selector: ReleaseSelector
) -> list[Item]:
    """Keep the releases of the selected projects and add the issues in them.

    `__jiraIssueKeys`, where they were found (`__jiraIssueKeySource`), the projects of
    these keys (`__jiraProjectKeys`, `__jiraProjectIds`), and `__url`.
    """
    known = jira_projects(api)
    find = key_finder(selector.issue_key_pattern, known)
    kept = []
    for release in await of_projects(api, releases, selector):
        keys, source = issue_keys([release], find, known)
        if not isinstance(find, Missing):
            keep_release(api, release, keys, selector.issue_key_pattern)
        carrying = {"__jiraIssueKeys": keys, "__jiraIssueKeySource": source}
        projects = projects_in(keys)
        item = {**with_dates(release, "Assembled"), **carrying}
        if isinstance(find, Missing):
            item = incomplete(add_projects(item, projects, None), *FOUND_IN_TEXTS)
        else:
            item = add_projects(item, projects, known)
        kept.append(item)
    log_releases(api, selector, releases, kept)
    return [add_url(api, release, "releases/{Id}") for release in kept]


async def in_use(api: Api, space_id: str) -> set[str]:
    """Return the ids of what runs somewhere, or was deployed there last.

    What can't be read of a dashboard is unknown to the delivery log, too.
    """
    ids: set[str | None] = set()
    all_of_space: list[Item | Missing | None] = []
    async with aclosing(read_dashboards(api, space_id)) as dashboards:
        async for dashboard in dashboards:
            rows = [] if dashboard is None else list(current(dashboard, space_id))
            entries = objects(rows)
            # Of a task that the server has deleted, nobody knows any more how it ended:
            # `State` may be null, https://octopus.com/docs/api/dashboard
            told = [entry for entry in entries if entry.get("State", "") is not None]
            # No keys are needed here.
            running = await all_running(api, told, UNKNOWN, "")
            latest = [*entries, *objects(running)]
            ids |= {text(entry.get("ReleaseId")) for entry in latest}
            all_of_space += running
            if dashboard is None or len(entries) < len(rows):
                all_of_space.append(UNKNOWN)
    log_running(api, space_id, all_of_space)
    return {id_ for id_ in ids if id_}


def assembled_since(since: datetime) -> ListWith:
    """Return what lists the releases that are younger than a moment."""
    return newest_first("releases", "Assembled", RELEASE_PAGE, since=since)


async def list_changed(
    api: Api, resource: Resource, selector: ReleaseSelector, since: datetime
) -> AsyncGenerator[list[Item]]:
    """Yield new releases, and those that the audit log names."""
    for listing in (listed_by(assembled_since), changed_documents("releases")):
        async with aclosing(listing(api, resource, selector, since)) as batches:
            async for batch in batches:
                yield batch


newest_releases = newest_first("releases", "Assembled", RELEASE_PAGE, older=in_use)


async def list_releases(
    api: Api, selector: ReleaseSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a space's releases, and keep what `octopus-current-release` needs."""
    kept = collect_releases(api, space["Id"], selector)
    async with aclosing(newest_releases(api, selector, space)) as pages:
        async for page in pages:
            yield page
    kept["is_complete"] = not current_report().hidden


# https://octopus.com/docs/api/releases
RELEASE = in_space(
    OctopusKind.RELEASE,
    "releases",
    list_with=logged(RELEASES, list_releases),
    dated_by="Assembled",
    since=cutoff,
    enrich=add_issues,
    changed=list_changed,
)
