"""Projects, and the environments and tenants that they are deployed to."""

from core.api import Api
from core.resource import Resource
from core.types import Item
from core.values import required
from links.issue_keys import add_projects, jira_projects
from octopus.kinds import OctopusKind
from octopus.resources.choices import chosen_ids, within
from octopus.resources.spaces import add_url, in_space, is_wanted, names_of
from octopus.selectors import ProjectScopedSelector, ProjectSelector

PROJECT_GROUP = in_space(
    OctopusKind.PROJECT_GROUP, "projectgroups", "projectGroups/{Id}"
)
LIFECYCLE = in_space(OctopusKind.LIFECYCLE, "lifecycles", "library/lifecycles/{Id}")
TENANT = in_space(
    OctopusKind.TENANT, "tenants", "tenants/{Id}/overview", accepts=is_wanted
)


async def select_projects(
    api: Api, projects: list[Item], selector: ProjectSelector
) -> list[Item]:
    """Keep the projects, and those of the groups, that the selector names.

    Adds `__url`, and the Jira projects that the selector says belong to each of them:
    `__jiraProjectKeys`, and `__jiraProjectIds` of those that Jira shows.
    """
    own = await chosen_ids(api, PROJECT, "projects", selector)
    groups = await chosen_ids(api, PROJECT_GROUP, "project_groups", selector)
    # A misspelt name would leave its project without the keys.
    await chosen_ids(api, PROJECT, "jira_project_keys", selector)
    kept = within(projects, own, lambda project: project["Id"])
    kept = within(kept, groups, lambda project: required(project, "ProjectGroupId"))
    known = jira_projects(api)
    added = [add_projects(p, jira_keys(p, selector), known) for p in kept]
    return [add_url(api, project, "projects/{Id}") for project in added]


def jira_keys(project: Item, selector: ProjectSelector) -> list[str]:
    """Return the keys that the selector gives to any name of the project."""
    own = {name.casefold() for name in names_of(project)}
    given = selector.jira_project_keys.items()
    return sorted({k for name, keys in given if name.casefold() in own for k in keys})


# https://octopus.com/docs/api/projects
PROJECT: Resource = in_space(
    OctopusKind.PROJECT, "projects", accepts=is_wanted, enrich=select_projects
)


async def of_projects(
    api: Api, items: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep what belongs to the projects that the selector names."""
    projects = await chosen_ids(api, PROJECT, "projects", selector)
    return within(items, projects, lambda item: required(item, "ProjectId"))


async def add_channel_url(
    api: Api, channels: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep the channels of the selected projects and link them."""
    page = "projects/{ProjectId}/deployments/channels/edit/{Id}"
    kept = await of_projects(api, channels, selector)
    return [add_url(api, channel, page) for channel in kept]


CHANNEL = in_space(OctopusKind.CHANNEL, "channels", enrich=add_channel_url)
