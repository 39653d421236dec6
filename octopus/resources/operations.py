"""Runbooks, machines, people, and the rest of what a server knows."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from loguru import logger

from core.errors import NotAvailable, NotFound, Refused
from core.paging import SkipTakePaging
from core.pipeline import fan_out
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.choices import chosen_ids, within
from octopus.resources.deliveries import ENVIRONMENT, of_projects
from octopus.resources.spaces import PAGE, add_url, in_space, is_wanted, of_server
from octopus.selectors import MachineSelector, ProjectScopedSelector

FREEZE_PAGE = SkipTakePaging(key="DeploymentFreezes", overlap=0, total=None)


async def list_runbooks(
    api: Api, selector: ProjectScopedSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the runbooks in the database, then those that projects keep in Git.

    https://octopus.com/docs/api/runbooks
    """
    async with aclosing(api.pages(f"api/{space['Id']}/runbooks", PAGE)) as pages:
        async for page in pages:
            yield [{**runbook, "__id": runbook["Id"]} for runbook in page]
    in_git = fan_out(
        _projects_in_git(api, selector, space),
        lambda project: _git_runbooks(api, project),
        what="projects' runbooks in Git",
    )
    async with aclosing(in_git) as pages:
        async for page in pages:
            yield page


async def _projects_in_git(
    api: Api, selector: ProjectScopedSelector, space: Item
) -> AsyncGenerator[Item]:
    async with aclosing(api.pages(f"api/{space['Id']}/projects", PAGE)) as pages:
        async for page in pages:
            found = [{**p, "ProjectId": p["Id"]} for p in page if git_branch(p)]
            for project in await of_projects(api, found, selector):
                yield project


def git_branch(project: Item) -> str | None:
    """Return the branch that a project's runbooks are in, None for the database."""
    settings = project.get("PersistenceSettings") or {}
    in_git = (settings.get("ConversionState") or {}).get("RunbooksAreInGit")
    return str(settings.get("DefaultBranch") or "main") if in_git else None


def _git_path(space_id: str, project_id: str, branch: str) -> str:
    reference = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    return f"api/{space_id}/projects/{project_id}/{quote(reference, safe='')}/runbooks"


async def _git_runbooks(api: Api, project: Item) -> AsyncGenerator[list[Item]]:
    branch = git_branch(project) or ""
    path = _git_path(project["SpaceId"], project["Id"], branch)
    try:
        async with aclosing(api.pages(path, PAGE)) as pages:
            async for page in pages:
                yield [_in_git(runbook, project["Id"], branch) for runbook in page]
    except (Refused, NotFound) as error:
        raise Refused(
            f"the runbooks of {project['Name']} in Git: {error}", status=error.status
        ) from error


def _in_git(runbook: Item, project_id: str, branch: str) -> Item:
    # Its id is a slug, which runbooks of other projects have as well.
    return {**runbook, "__id": f"{project_id}/{runbook['Id']}", "__branch": branch}


async def get_runbook(
    api: Api, ref: Item, selector: ProjectScopedSelector
) -> Item | None:
    """Return one runbook, from Git when `ref` tells the branch."""
    if ref.get("__branch"):
        path = _git_path(ref["SpaceId"], ref["ProjectId"], ref["__branch"])
        item = await api.get(f"{path}/{quote(ref['Id'], safe='')}")
        return _in_git(item, ref["ProjectId"], ref["__branch"])
    item = await api.get(f"api/{ref['SpaceId']}/runbooks/{quote(ref['Id'], safe='')}")
    return {**item, "__id": item["Id"]}


async def select_runbooks(
    api: Api, runbooks: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep the runbooks of the selected projects."""
    return await add_url(api, await of_projects(api, runbooks, selector), selector)


RUNBOOK = in_space(
    OctopusKind.RUNBOOK,
    "runbooks",
    id_field="__id",
    list_with=list_runbooks,
    get_with=get_runbook,
    enrich=select_runbooks,
)


async def select_machines(
    api: Api, machines: list[Item], selector: MachineSelector
) -> list[Item]:
    """Keep the targets in the selected environments; they have no page of their own."""
    environments = await chosen_ids(api, ENVIRONMENT, "environments", selector)
    kept = within(machines, environments, lambda machine: machine["EnvironmentIds"])
    start = f"{api.site_url}/app#"
    return [
        {
            **machine,
            "__url": f"{start}/{machine['SpaceId']}/infrastructure/machines/"
            f"{machine['Id']}/settings",
        }
        for machine in kept
    ]


MACHINE = in_space(
    OctopusKind.MACHINE, "machines", accepts=is_wanted, enrich=select_machines
)
WORKER = in_space(OctopusKind.WORKER, "workers", accepts=is_wanted)
WORKER_POOL = in_space(OctopusKind.WORKER_POOL, "workerpools")


async def list_freezes(
    api: Api, selector: object, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the server's deployment freezes, which older servers don't have."""
    try:
        params = {"includeComplete": "true"}
        async for page in api.pages("api/deploymentfreezes", FREEZE_PAGE, params):
            yield page
    except NotFound as error:
        version = api.facts.get("version", "this version")
        logger.debug(f"no freezes: {error}")
        raise NotAvailable(
            f"Octopus {version} has none; 2025.1 or newer has"
        ) from error


# https://octopus.com/docs/api/deployment-freezes
DEPLOYMENT_FREEZE = of_server(
    OctopusKind.DEPLOYMENT_FREEZE, "deploymentfreezes", list_with=list_freezes
)
TEAM = of_server(
    OctopusKind.TEAM,
    "teams",
    query=lambda selector: {"spaces": "all", "includeSystem": "true"},
)
USER = of_server(OctopusKind.USER, "users")


async def without_secrets(api: Api, items: list[Item], selector: object) -> list[Item]:
    """Leave of everything sensitive no more than whether it has a value."""
    return await add_url(api, [_cleaned(item) for item in items], selector)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        if "HasValue" in value:
            return {"HasValue": bool(value["HasValue"])}
        return {name: _cleaned(part) for name, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


ACCOUNT = in_space(OctopusKind.ACCOUNT, "accounts", enrich=without_secrets)
CERTIFICATE = in_space(OctopusKind.CERTIFICATE, "certificates", enrich=without_secrets)
FEED = in_space(OctopusKind.FEED, "feeds", enrich=without_secrets)
LIBRARY_VARIABLE_SET = in_space(
    OctopusKind.LIBRARY_VARIABLE_SET, "libraryvariablesets", enrich=without_secrets
)
