"""Spaces, and what every kind inside of a space has in common."""

from typing import Any

from core.paging import SkipTakePaging
from core.resource import Choice, Resource
from core.types import Api, Item
from octopus.kinds import OctopusKind

# Octopus takes any page size, but heavy pages have brought servers down.
PAGE = SkipTakePaging(size=100)


async def add_url(api: Api, items: list[Item], selector: object) -> list[Item]:
    """Add `__url`, the item's page in the portal, where Octopus tells it."""
    return [{**item, "__url": portal_url(api, item)} for item in items]


def portal_url(api: Api, item: Item) -> str | None:
    """Return the page that `Links.Web` names; it starts with the virtual directory."""
    page = (item.get("Links") or {}).get("Web")
    if not page:
        return None
    # `/octopus/app#/…` on a server below /octopus, `/app#/…` elsewhere.
    return f"{api.site_url}/app{page.partition('/app')[2]}"


def names_of(item: Item) -> set[str]:
    """Return everything by which a selector may name an item."""
    names = (item["Id"], item.get("Name"), item.get("Slug"))
    return {name for name in names if name}


# https://octopus.com/docs/api/spaces
SPACE = Resource(
    kind=OctopusKind.SPACE,
    id_field="Id",
    list_path="api/spaces",
    item_path="api/spaces/{Id}",
    paging=PAGE,
    choice=Choice(
        setting="spaces",
        wanted=lambda selector: getattr(selector, "spaces", []),
        names=names_of,
    ),
    enrich=add_url,
)


def in_space(kind: OctopusKind, collection: str, **changes: Any) -> Resource:
    """Declare a kind that every space has a list of, at `api/{space}/{collection}`."""
    defaults = {
        "id_field": "Id",
        "list_path": f"api/{{Id}}/{collection}",
        "item_path": f"api/{{SpaceId}}/{collection}/{{Id}}",
        "paging": PAGE,
        "parent": SPACE,
        "parent_field": "SpaceId",
        "enrich": add_url,
    }
    return Resource(kind=kind, **{**defaults, **changes})


def is_wanted(selector: Any, item: Item) -> bool:
    """Tell whether an item that can be disabled is selected."""
    return bool(selector.include_disabled or not item.get("IsDisabled"))


def of_server(kind: OctopusKind, collection: str, **changes: Any) -> Resource:
    """Declare a kind that the server has one list of, at `api/{collection}`."""
    defaults = {
        "id_field": "Id",
        "list_path": f"api/{collection}",
        "item_path": f"api/{collection}/{{Id}}",
        "paging": PAGE,
        "enrich": add_url,
    }
    return Resource(kind=kind, **{**defaults, **changes})
