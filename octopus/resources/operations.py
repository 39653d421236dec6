"""Machines, people, and the rest of what a server knows."""

from collections.abc import AsyncGenerator
from typing import Any

from core.api import Api
from core.errors import Forbidden
from core.fetch import fetch_parents
from core.paging import SkipTakePaging
from core.resource import Enrich
from core.trouble import current_report
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.paging import EVERYWHERE, PAGE
from octopus.resources.choices import chosen_ids, within
from octopus.resources.environments import ENVIRONMENT
from octopus.resources.spaces import (
    SPACE,
    add_url,
    from_version,
    in_space,
    is_wanted,
    linked,
    of_server,
)
from octopus.selectors import MachineSelector, SpaceSelector

# https://octopus.com/docs/deployments/deployment-freezes
FIRST_WITH_FREEZES = (2025, 1)
FREEZE_PAGE = SkipTakePaging(key="DeploymentFreezes", overlap=0, total=None)


async def select_machines(
    api: Api, machines: list[Item], selector: MachineSelector
) -> list[Item]:
    """Keep the targets in the selected environments and link them."""
    environments = await chosen_ids(api, ENVIRONMENT, "environments", selector)
    kept = within(machines, environments, _environments_of)
    page = "infrastructure/machines/{Id}/settings"
    return [add_url(api, machine, page) for machine in kept]


def _environments_of(machine: Item) -> list[str]:
    ids: list[str] = machine["EnvironmentIds"]
    if not isinstance(ids, list):
        raise ValueError(f"EnvironmentIds is {ids!r}")
    return ids


MACHINE = in_space(
    OctopusKind.MACHINE, "machines", accepts=is_wanted, enrich=select_machines
)
WORKER = in_space(
    OctopusKind.WORKER, "workers", "infrastructure/workers/{Id}", accepts=is_wanted
)
WORKER_POOL = in_space(
    OctopusKind.WORKER_POOL, "workerpools", "infrastructure/workerpools/{Id}"
)


async def list_freezes(
    api: Api, selector: object, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the server's deployment freezes, which older servers don't have."""
    params = {"includeComplete": "true"}
    pages = api.pages("api/deploymentfreezes", FREEZE_PAGE, params)
    async for page in from_version(api, FIRST_WITH_FREEZES, pages):
        yield page


# https://octopus.com/docs/api/deployment-freezes
DEPLOYMENT_FREEZE = of_server(
    OctopusKind.DEPLOYMENT_FREEZE,
    "deploymentfreezes",
    list_with=list_freezes,
    enrich=linked("", "Start", "End"),
)


async def list_teams(
    api: Api, selector: object, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the teams of the server and of all spaces.

    A credential without a permission for the server gets those of its spaces.
    """
    try:
        async for page in api.pages("api/teams", PAGE, EVERYWHERE):
            yield page
        return
    except Forbidden as error:
        current_report().lose_kind(error)
    for space in await fetch_parents(api, SPACE, SpaceSelector(query="true")):
        own = {"spaces": space["Id"], "includeSystem": "false"}
        try:
            async for page in api.pages("api/teams", PAGE, own):
                yield page
        except Forbidden as error:
            current_report().lose_parent(space, error, field="SpaceId")


TEAM = of_server(OctopusKind.TEAM, "teams", list_with=list_teams)
USER = of_server(OctopusKind.USER, "users")


def without_secrets(page: str = "", *dates: str) -> Enrich:
    """Return what leaves of everything sensitive no more than whether it has a value.

    Else it does as `linked`.
    """
    link = linked(page, *dates)

    async def enrich(api: Api, items: list[Item], selector: object) -> list[Item]:
        return await link(api, [_cleaned(item) for item in items], selector)

    return enrich


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        if "HasValue" in value:
            return {"HasValue": bool(value["HasValue"])}
        return {name: _cleaned(part) for name, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


ACCOUNT = in_space(
    OctopusKind.ACCOUNT,
    "accounts",
    enrich=without_secrets("infrastructure/accounts/{Id}"),
)
CERTIFICATE = in_space(
    OctopusKind.CERTIFICATE,
    "certificates",
    enrich=without_secrets("library/certificates/{Id}", "NotBefore", "NotAfter"),
)
FEED = in_space(OctopusKind.FEED, "feeds", enrich=without_secrets("library/feeds/{Id}"))
LIBRARY_VARIABLE_SET = in_space(
    OctopusKind.LIBRARY_VARIABLE_SET,
    "libraryvariablesets",
    enrich=without_secrets("library/variables/{Id}"),
)
