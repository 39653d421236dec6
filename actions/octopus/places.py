"""Where a release goes: an environment, and a tenant if the project has tenants."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import ARRAY, WRONG_INPUT, Input, Inputs
from actions.octopus.base import in_space, name_of
from actions.octopus.find import NAMES_SHOWN, not_found, pick, read_all
from client import ApiClient
from core.types import Item
from core.values import child, text
from octopus.resources.environments import list_environments

ENVIRONMENT = Input(name="environment", required=True)
TENANTS = Input(name="tenants", type=ARRAY)
TENANT_TAGS = Input(name="tenantTags", type=ARRAY, is_text=True)
UNTENANTED, TENANTED = "Untenanted", "Tenanted"


@dataclass(frozen=True)
class Place:
    """An environment, for a tenant or for none."""

    environment: Item
    tenant: Item | None = None

    @property
    def name(self) -> str:
        """Return what people call it."""
        environment = name_of(self.environment)
        return (
            f"{environment} for {name_of(self.tenant)}" if self.tenant else environment
        )

    @property
    def ids(self) -> list[str]:
        """Return the ids in the order in which paths have them."""
        return [str(one["Id"]) for one in (self.environment, self.tenant) if one]

    @property
    def fields(self) -> Item:
        """Return the fields by which a deployment or a run names its place."""
        fields = {"EnvironmentId": self.environment["Id"]}
        return {**fields, "TenantId": self.tenant["Id"]} if self.tenant else fields


async def find_environment(api: ApiClient, space: str, name: str) -> Item:
    """Return an environment of any type by id, slug or name.

    Raises ActionFailed, ApiError.
    """
    pages = list_environments(api, None, {"Id": space})
    environments = [row async for page in pages for row in page]
    return pick(environments, name, "environment")


async def find_places(
    api: ApiClient, owner: Item, environment: Item, inputs: Inputs, mode: object
) -> list[Place]:
    """Return where a project, or a runbook of it, is to run by the inputs.

    `mode` says whether it has tenants. Raises ActionFailed, ApiError.
    """
    tenants = await _wanted_tenants(api, owner, environment, inputs)
    if tenants and mode == UNTENANTED:
        told = f"{name_of(owner)} has no tenants: give neither tenants nor tenantTags"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)
    if not tenants and mode == TENANTED:
        names = [name_of(one) for one in await _connected(api, owner, environment)][
            :NAMES_SHOWN
        ]
        told = f"{name_of(owner)} needs tenants in {name_of(environment)}"
        has = f"It is connected to {', '.join(names) or 'none that is visible'}"
        raise ActionFailed(f"{told}. {has}. {NOTHING_CHANGED}", WRONG_INPUT)
    return [Place(environment, tenant) for tenant in tenants or [None]]


async def _wanted_tenants(
    api: ApiClient, owner: Item, environment: Item, inputs: Inputs
) -> Sequence[Item | None]:
    names, tags = inputs.texts(TENANTS.name), inputs.texts(TENANT_TAGS.name)
    if not names and not tags:
        return []
    connected = await _connected(api, owner, environment)
    what = f"tenant of {name_of(owner)} in {name_of(environment)}"
    found = {one["Id"]: one for one in (pick(connected, n, what) for n in names)}
    tagged = [one for one in connected if has_tags(one, tags)] if tags else []
    if tags and not tagged:
        known = {str(tag) for one in connected for tag in one.get("TenantTags") or ()}
        raise not_found(f"{what} with the tags", ", ".join(tags), sorted(known))
    return [*{**found, **{one["Id"]: one for one in tagged}}.values()]


def has_tags(tenant: Item, tags: Iterable[str]) -> bool:
    """Return whether a tenant has one of the tags of each tag set that is named.

    https://octopus.com/docs/tenants/tenant-tags
    """
    own = {str(tag).casefold() for tag in tenant.get("TenantTags") or ()}
    by_set: dict[str, set[str]] = defaultdict(set)
    for tag in tags:
        by_set[tag.partition("/")[0].casefold()].add(tag.casefold())
    return all(own & wanted for wanted in by_set.values())


async def _connected(api: ApiClient, owner: Item, environment: Item) -> list[Item]:
    """Return the tenants that a project has in an environment."""
    project = text(owner.get("ProjectId")) or owner["Id"]
    tenants = await read_all(api, in_space(owner["SpaceId"], "tenants"))
    return [
        tenant
        for tenant in tenants
        if environment["Id"]
        in (child(tenant, "ProjectEnvironments").get(project) or ())
    ]
