"""What Platform Hub keeps in Git for the whole server: policies and process templates.

https://octopus.com/docs/platform-hub
"""

from collections.abc import AsyncGenerator
from functools import partial

from core.api import Api
from core.errors import NotAvailable, NotFound
from core.lookup import Absent, get_own
from core.paging import SkipTakePaging
from core.resource import Resource, fill
from core.types import Item
from core.values import text
from octopus.kinds import OctopusKind
from octopus.resources.git import encoded_reference
from octopus.resources.spaces import linked, of_server

SETTINGS = "api/platformhub/versioncontrol"
POLICIES = SkipTakePaging(key="Policies", total="FilteredItemsCount")
TEMPLATES = SkipTakePaging(key="ProcessTemplates")


async def _folder(api: Api) -> str:
    """Return where Platform Hub's default branch is; it is asked for once per resync.

    Raises NotAvailable for a server without Platform Hub, or without its repository.
    """
    known = api.recall(SETTINGS)
    if known is None:
        try:
            known = [await api.get(SETTINGS)]
        except NotFound as error:
            raise NotAvailable("this server has no Platform Hub") from error
        api.remember(SETTINGS, known)
    branch = text(known[0].get("DefaultBranch"))
    if not text(known[0].get("Url")) or branch is None:
        raise NotAvailable("Platform Hub has no Git repository")
    return f"api/platformhub/{encoded_reference(branch)}"


async def _list(
    collection: str, paging: SkipTakePaging, api: Api, selector: object, parent: Item
) -> AsyncGenerator[list[Item]]:
    async for page in api.pages(f"{await _folder(api)}/{collection}", paging):
        yield page


async def _get(collection: str, api: Api, ref: Item, selector: object) -> Item | Absent:
    return await get_own(
        api, f"{await _folder(api)}/{fill(collection + '/{Slug}', ref)}"
    )


def _in_hub(kind: OctopusKind, collection: str, paging: SkipTakePaging) -> Resource:
    return of_server(
        kind,
        collection,
        id_field="Slug",
        list_with=partial(_list, collection, paging),
        get_with=partial(_get, collection),
        enrich=linked(),
    )


# https://octopus.com/docs/api/compliance-policies
POLICY = _in_hub(OctopusKind.POLICY, "policies", POLICIES)
# https://octopus.com/docs/api/platform-hub
PROCESS_TEMPLATE = _in_hub(OctopusKind.PROCESS_TEMPLATE, "processtemplates", TEMPLATES)
