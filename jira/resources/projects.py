"""Projects and what belongs to exactly one of them."""

from core.paging import OffsetPaging
from core.resource import Choice, Resource
from core.types import Api, Item, Params
from jira.kinds import JiraKind
from jira.resources.links import page_at
from jira.selectors import (
    DEFAULT_EXPAND,
    ComponentSelector,
    ProjectScopedSelector,
    ProjectSelector,
    VersionSelector,
)

# What Jira returns at most; it clamps higher wishes silently.
PROJECTS_PER_PAGE = 100
VERSIONS_PER_PAGE = 50
COMPONENTS_PER_PAGE = 50


def project_query(selector: ProjectSelector | ProjectScopedSelector) -> Params:
    """Ask for the selected states and types; a project's children ask for live ones."""
    # One expand for all who need projects, so that they share one reading.
    query: Params = {"expand": ",".join(DEFAULT_EXPAND), "orderBy": "key"}
    if isinstance(selector, ProjectSelector):
        query["expand"] = ",".join(selector.expand)
        if selector.types:
            query["typeKey"] = ",".join(selector.types)
        query["status"] = selector.status
    else:
        query["status"] = ["live"]
    return query


async def get_project(api: Api, ref: Item, selector: ProjectSelector) -> Item | None:
    """Search for one project by id: a plain get does not know the same expands."""
    params = {**project_query(selector), "id": ref["id"]}
    reply = await api.get("rest/api/3/project/search", params)
    return next(iter(reply["values"]), None)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
PROJECT = Resource(
    kind=JiraKind.PROJECT,
    id_field="id",
    list_path="rest/api/3/project/search",
    paging=OffsetPaging(size=PROJECTS_PER_PAGE),
    query=project_query,
    choice=Choice(
        setting="projects",
        wanted=lambda selector: getattr(selector, "projects", []),
        names=lambda project: {project["id"], project["key"], project["name"]},
    ),
    get_with=get_project,
    enrich=page_at("browse/{key}"),
)


def accepts_version(selector: VersionSelector, version: Item) -> bool:
    """Tell whether the version is in the selected states."""
    return selector.released in (None, version["released"]) and (
        selector.archived in (None, version["archived"])
    )


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/
VERSION = Resource(
    kind=JiraKind.VERSION,
    id_field="id",
    parent=PROJECT,
    parent_field="projectId",
    list_path="rest/api/3/project/{id}/version",
    item_path="rest/api/3/version/{id}",
    paging=OffsetPaging(size=VERSIONS_PER_PAGE),
    accepts=accepts_version,
    enrich=page_at("projects/{projectId}/versions/{id}"),
)


def component_query(selector: ComponentSelector) -> Params:
    """Ask for Jira's or Compass' components."""
    return {"componentSource": selector.component_source}


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/
COMPONENT = Resource(
    kind=JiraKind.COMPONENT,
    id_field="id",
    parent=PROJECT,
    list_path="rest/api/3/project/{id}/component",
    item_path="rest/api/3/component/{id}",
    paging=OffsetPaging(size=COMPONENTS_PER_PAGE),
    query=component_query,
    enrich=page_at("projects/{project}/components/{id}"),
)
