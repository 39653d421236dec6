"""Projects and what belongs to exactly one of them."""

from core.api import Api
from core.errors import MalformedReply
from core.lookup import Absent, get_own
from core.paging import OffsetPaging
from core.resource import Choice, Resource, fill
from core.types import Item, Params
from jira.kinds import JiraKind
from jira.resources.links import page_at
from jira.resources.parts import list_components, list_versions
from jira.resources.rows import is_wanted
from jira.selectors import (
    DEFAULT_EXPAND,
    ProjectScopedSelector,
    ProjectSelector,
    VersionSelector,
)

# What Jira returns at most; it clamps higher page sizes silently.
PROJECTS_PER_PAGE = 100
SEARCH = "rest/api/3/project/search"


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


async def get_project(
    api: Api, ref: Item, selector: ProjectSelector | ProjectScopedSelector
) -> Item | Absent:
    """Search for one project by id: a plain get does not know the same expands.

    Raises MalformedReply if the search leaves out a project that it should have.
    """
    params = {**project_query(selector), "id": ref["id"]}
    reply = await api.get(SEARCH, params)
    rows = OffsetPaging().rows(reply)
    found = [row for row in rows if str(row.get("id")) == str(ref["id"])]
    if found:
        return found[0]
    own = await read_project(api, str(ref["id"]))
    if isinstance(own, Absent):
        return own
    if is_selected(selector, own):
        raise MalformedReply(f"{SEARCH} leaves out {ref['id']}, which is there")
    return Absent.NOT_SELECTED


async def read_project(api: Api, id_or_key: str, **params: str) -> Item | Absent:
    """Return a project in whatever state it is, as Jira itself has it.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get
    """
    path = fill("rest/api/3/project/{project}", {"project": id_or_key})
    return await get_own(api, path, params)


def is_selected(
    selector: ProjectSelector | ProjectScopedSelector, project: Item
) -> bool:
    """Return whether a project has one of the states and types that are asked for."""
    query = project_query(selector)
    types = query.get("typeKey")
    return state_of(project) in query["status"] and (
        not types or project.get("projectTypeKey") in types.split(",")
    )


def state_of(project: Item) -> str:
    """Return in which state a project is, in the words of the selector."""
    if project.get("deleted"):
        return "deleted"
    return "archived" if project.get("archived") else "live"


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
PROJECT = Resource(
    kind=JiraKind.PROJECT,
    id_field="id",
    list_path=SEARCH,
    paging=OffsetPaging(size=PROJECTS_PER_PAGE),
    query=project_query,
    choice=Choice(
        setting="projects",
        wanted=lambda selector: getattr(selector, "projects", []),
        names=lambda project: {
            str(project[key]) for key in ("id", "key", "name") if project.get(key)
        },
    ),
    get_with=get_project,
    enrich=page_at("browse/{key}"),
)


def accepts_version(selector: VersionSelector, version: Item) -> bool:
    """Return whether the version is in the selected states."""
    return is_wanted(selector.released, version, "released") and is_wanted(
        selector.archived, version, "archived"
    )


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/
VERSION = Resource(
    kind=JiraKind.VERSION,
    id_field="id",
    parent=PROJECT,
    parent_field="projectId",
    list_with=list_versions,
    item_path="rest/api/3/version/{id}",
    accepts=accepts_version,
    enrich=page_at("projects/{projectId}/versions/{id}"),
)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/
COMPONENT = Resource(
    kind=JiraKind.COMPONENT,
    id_field="id",
    parent=PROJECT,
    list_with=list_components,
    item_path="rest/api/3/component/{id}",
    enrich=page_at("projects/{project}/components/{id}"),
)
