"""Spaces, and what every kind inside of a space has in common."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from core.api import Api
from core.errors import ApiError, Forbidden, NotAvailable, Refused
from core.resource import Choice, Enrich, Resource, fill
from core.types import Item
from core.values import child, text, with_dates
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.resources.changes import changed_documents

_NUMBERS = re.compile(r"\d+(\.\d+){1,2}")
_FIELD = re.compile(r"{(\w+)}")
# Where every page of the portal is, below the virtual directory.
PORTAL = "/app#"


def server_version(api: Api) -> tuple[int, ...] | None:
    """Return the first three numbers of the server's version, None if it isn't known.

    There may be two of them only.
    """
    numbers = _NUMBERS.match(api.facts.get("version", ""))
    return tuple(map(int, numbers[0].split("."))) if numbers else None


async def from_version(
    api: Api, first: tuple[int, int], pages: AsyncGenerator[list[Item]]
) -> AsyncGenerator[list[Item]]:
    """Yield the pages; raise NotAvailable for a 404 of a server before `first`."""
    try:
        async with aclosing(pages):
            async for page in pages:
                yield page
    except ApiError as error:
        version = server_version(api)
        if error.status != 404 or version is None or version >= first:
            raise
        has = "{}.{} or newer has".format(*first)
        reported = api.facts["version"]
        raise NotAvailable(f"Octopus {reported} has none; {has}") from error


def linked(page: str = "", *dates: str) -> Enrich:
    """Return what adds `__url`, and makes null of dates that are none.

    `page` is the portal's page of such an item, as for `page_in_space`.
    """

    async def enrich(api: Api, items: list[Item], selector: object) -> list[Item]:
        cleaned = [with_dates(item, *dates) for item in items]
        return [add_url(api, item, page) for item in cleaned]

    return enrich


def add_url(api: Api, item: Item, page: str = "") -> Item:
    """Add `__url`, the page that Octopus links to, or else `page`.

    Replies of servers from 2019 to 2024 link only spaces, projects, releases,
    deployments and tasks to the portal:
    https://github.com/DataDog/integrations-core/tree/master/octopus_deploy/tests/fixtures
    """
    return {**item, "__url": portal_url(api, item) or page_in_space(api, item, page)}


def portal_url(api: Api, item: Item) -> str | None:
    """Return the page that `Links.Web` names; it starts with the virtual directory."""
    page = text(child(item, "Links").get("Web"))
    if page is None or PORTAL not in page:
        return None
    # `/octopus/app#/…` on a server below /octopus, `/app#/…` elsewhere.
    return f"{api.site_url}{PORTAL}{page.partition(PORTAL)[2]}"


def page_in_space(api: Api, item: Item, page: str) -> str | None:
    """Return a page of the portal, such as `tenants/{Id}/overview`.

    None if the item lacks an id in its address. The pages are those that Octopus' own
    command line links to: https://github.com/OctopusDeploy/cli
    """
    names = _FIELD.findall(address := f"{{SpaceId}}/{page}")
    ids = {name: found for name in names if (found := text(item.get(name)))}
    if not page or len(ids) < len(names):
        return None
    try:
        return f"{api.site_url}{PORTAL}/{fill(address, ids)}"
    except Refused:
        return None


def names_of(item: Item) -> set[str]:
    """Return everything by which a selector may name an item."""
    names = (item["Id"], item.get("Name"), item.get("Slug"))
    return {found for name in names if (found := text(name))}


async def list_spaces(
    api: Api, selector: object, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the spaces; raise Forbidden if there are none.

    That is what an account sees which belongs to no space, so it proves nothing.

    https://octopus.com/docs/administration/spaces
    """
    is_empty = True
    async with aclosing(api.pages("api/spaces", PAGE)) as pages:
        async for page in pages:
            is_empty = False
            yield page
    if is_empty:
        raise Forbidden("Octopus Deploy shows this credential no space at all")


# https://octopus.com/docs/api/spaces
SPACE = Resource(
    kind=OctopusKind.SPACE,
    id_field="Id",
    list_with=list_spaces,
    item_path="api/spaces/{Id}",
    choice=Choice(
        setting="spaces",
        wanted=lambda selector: getattr(selector, "spaces", []),
        names=names_of,
    ),
    enrich=linked(),
    changed=changed_documents("spaces"),
)


def in_space(
    kind: OctopusKind, collection: str, page: str = "", **changes: Any
) -> Resource:
    """Declare a kind that every space has a list of, at `api/{space}/{collection}`.

    `page` is the portal's page of an item, as for `page_in_space`.
    """
    defaults = {
        "id_field": "Id",
        "list_path": f"api/{{Id}}/{collection}",
        "item_path": f"api/{{SpaceId}}/{collection}/{{Id}}",
        "paging": PAGE,
        "parent": SPACE,
        "parent_field": "SpaceId",
        "enrich": linked(page),
        "changed": changed_documents(collection),
    }
    return Resource(kind=kind, **{**defaults, **changes})


def is_wanted(selector: Any, item: Item) -> bool:
    """Return whether an item that can be disabled is selected."""
    return bool(selector.include_disabled or item.get("IsDisabled") is not True)


def of_server(kind: OctopusKind, collection: str, **changes: Any) -> Resource:
    """Declare a kind that the server has one list of, at `api/{collection}`."""
    defaults = {
        "id_field": "Id",
        "list_path": f"api/{collection}",
        "item_path": f"api/{collection}/{{Id}}",
        "paging": PAGE,
        "enrich": linked(),
        "changed": changed_documents(collection),
    }
    return Resource(kind=kind, **{**defaults, **changes})
