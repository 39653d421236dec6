"""Runbooks, in the database or in the projects' Git repositories."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from core.api import Api
from core.errors import ApiError, Unauthorized
from core.lookup import Absent, get_own
from core.pipeline import fan_out
from core.resource import fill
from core.trouble import ODD_FORM, current_report
from core.types import Item
from core.values import required, text
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.resources.deliveries import of_projects
from octopus.resources.git import encoded_reference
from octopus.resources.spaces import add_url, in_space
from octopus.selectors import ProjectScopedSelector


async def list_runbooks(
    api: Api, selector: ProjectScopedSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the runbooks in the database, then those that projects keep in Git.

    https://octopus.com/docs/api/runbooks
    """
    async with aclosing(api.pages(f"api/{space['Id']}/runbooks", PAGE)) as pages:
        async for page in pages:
            yield [_named(runbook) for runbook in page]
    in_git = fan_out(
        _projects_in_git(api, selector, space),
        lambda project: _git_runbooks(api, project),
        what="projects' runbooks in Git",
    )
    async with aclosing(in_git) as pages:
        async for page in pages:
            yield page


def _named(runbook: Item) -> Item:
    is_sound = isinstance(runbook, dict) and text(runbook.get("Id"))
    return {**runbook, "__id": runbook["Id"]} if is_sound else runbook


async def _projects_in_git(
    api: Api, selector: ProjectScopedSelector, space: Item
) -> AsyncGenerator[Item]:
    async with aclosing(api.pages(f"api/{space['Id']}/projects", PAGE)) as pages:
        async for page in pages:
            found = []
            for project in page:
                try:
                    named = {**project, "ProjectId": required(project, "Id")}
                    if git_branch(project):
                        found.append(named)
                except ODD_FORM as error:  # it may be any project of the space
                    current_report().lose_parent(space, error)
            for project in await of_projects(api, found, selector):
                yield project


def git_branch(project: Item) -> str | None:
    """Return the branch that a project's runbooks are in, None for the database.

    Raises AttributeError for a project of an odd form.
    """
    settings = project.get("PersistenceSettings") or {}
    in_git = (settings.get("ConversionState") or {}).get("RunbooksAreInGit")
    return str(settings.get("DefaultBranch") or "main") if in_git else None


def _git_path(space_id: str, project_id: str, branch: str) -> str:
    return f"api/{space_id}/projects/{project_id}/{encoded_reference(branch)}/runbooks"


async def _git_runbooks(api: Api, project: Item) -> AsyncGenerator[list[Item]]:
    """Yield a project's runbooks; its broken repository costs no more than those."""
    branch, id_ = git_branch(project) or "", project["ProjectId"]
    path = _git_path(project["SpaceId"], id_, branch)
    try:
        async with aclosing(api.pages(path, PAGE)) as pages:
            async for page in pages:
                yield [_in_git(runbook, id_, branch) for runbook in page]
    except Unauthorized:
        raise
    except (ApiError, *ODD_FORM) as error:
        current_report().lose_parent(project, error, field="ProjectId")


def _in_git(runbook: Item, project_id: str, branch: str) -> Item:
    # Its id is a slug, which runbooks of other projects have as well.
    named = _named(runbook)
    own = {"__id": f"{project_id}/{runbook['Id']}"} if named is not runbook else {}
    return {**runbook, **own, "__branch": branch}


async def get_runbook(
    api: Api, ref: Item, selector: ProjectScopedSelector
) -> Item | Absent:
    """Return one runbook, from Git if `ref` names the branch.

    A repository that can't be read has no runbook either, so one in Git is gone only if
    the list of the others can be read.
    """
    if not ref.get("__branch"):
        item = await get_own(api, fill("api/{SpaceId}/runbooks/{Id}", ref))
        return item if isinstance(item, Absent) else _named(item)
    path = _git_path(ref["SpaceId"], ref["ProjectId"], ref["__branch"])
    item = await get_own(api, f"{path}/{quote(ref['Id'], safe='')}")
    if isinstance(item, Absent):
        project = await get_own(api, fill("api/{SpaceId}/projects/{ProjectId}", ref))
        if not isinstance(project, Absent):
            PAGE.rows(await api.get(path, {"skip": 0, "take": 1}))
        return item
    return _in_git(item, ref["ProjectId"], ref["__branch"])


async def select_runbooks(
    api: Api, runbooks: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep the runbooks of the selected projects."""
    page = "projects/{ProjectId}/operations/runbooks/{Id}/overview"
    kept = await of_projects(api, runbooks, selector)
    return [add_url(api, runbook, page) for runbook in kept]


RUNBOOK = in_space(
    OctopusKind.RUNBOOK,
    "runbooks",
    id_field="__id",
    list_with=list_runbooks,
    get_with=get_runbook,
    enrich=select_runbooks,
)
