"""Projects, their releases, and the environments and tenants these are made for."""

from core.paging import SkipTakePaging
from core.resource import Resource
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.choices import chosen_ids, within
from octopus.resources.history import newest_first
from octopus.resources.links import PROJECT_KEYS, issue_keys, key_finder
from octopus.resources.spaces import add_url, in_space, is_wanted
from octopus.selectors import ProjectScopedSelector, ProjectSelector, ReleaseSelector

# With large build information, bigger pages have brought servers down.
RELEASE_PAGE = SkipTakePaging(size=50)

PROJECT_GROUP = in_space(OctopusKind.PROJECT_GROUP, "projectgroups")
LIFECYCLE = in_space(OctopusKind.LIFECYCLE, "lifecycles")
ENVIRONMENT = in_space(OctopusKind.ENVIRONMENT, "environments")
TENANT = in_space(OctopusKind.TENANT, "tenants", accepts=is_wanted)


async def select_projects(
    api: Api, projects: list[Item], selector: ProjectSelector
) -> list[Item]:
    """Keep the projects, and those of the groups, that the selector names."""
    own = await chosen_ids(api, PROJECT, "projects", selector)
    groups = await chosen_ids(api, PROJECT_GROUP, "project_groups", selector)
    kept = within(projects, own, lambda project: project["Id"])
    kept = within(kept, groups, lambda project: project["ProjectGroupId"])
    return await add_url(api, kept, selector)


# https://octopus.com/docs/api/projects
PROJECT: Resource = in_space(
    OctopusKind.PROJECT, "projects", accepts=is_wanted, enrich=select_projects
)


async def of_projects(
    api: Api, items: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep what belongs to the projects that the selector names."""
    projects = await chosen_ids(api, PROJECT, "projects", selector)
    return within(items, projects, lambda item: item["ProjectId"])


async def add_channel_url(
    api: Api, channels: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep the channels of the selected projects and link them."""
    return await add_url(api, await of_projects(api, channels, selector), selector)


CHANNEL = in_space(OctopusKind.CHANNEL, "channels", enrich=add_channel_url)


async def add_issues(
    api: Api, releases: list[Item], selector: ReleaseSelector
) -> list[Item]:
    """Keep the releases of the selected projects and add the issues in them.

    `__jiraIssueKeys`, where they were found (`__jiraIssueKeySource`), the projects of
    these keys (`__jiraProjectKeys`), and `__url`.
    """
    find = key_finder(selector.issue_key_pattern, api.facts.get(PROJECT_KEYS))
    kept = []
    for release in await of_projects(api, releases, selector):
        keys, source = issue_keys([release], find)
        added = {
            "__jiraIssueKeys": keys,
            "__jiraIssueKeySource": source,
            "__jiraProjectKeys": sorted({key.rpartition("-")[0] for key in keys}),
        }
        kept.append({**release, **added})
    return await add_url(api, kept, selector)


# https://octopus.com/docs/api/releases
RELEASE = in_space(
    OctopusKind.RELEASE,
    "releases",
    list_with=newest_first("releases", "Assembled", RELEASE_PAGE),
    dated_by="Assembled",
    enrich=add_issues,
)
