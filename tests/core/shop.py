"""A vendor of spaces with things in them, and the declarations of its kinds."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import Refused
from core.paging import SkipTakePaging
from core.resource import Choice, Resource, fetch_all
from core.types import Api, Item
from tests.fake_vendor import Collection, FakeVendor, Handler, build_api


@dataclass
class Wish:
    """A selector."""

    spaces: list[str] = field(default_factory=list)
    colour: str | None = None


async def add_site(api: Api, items: list[Item], selector: Wish) -> list[Item]:
    return [{**item, "__site": api.site_url} for item in items]


def has_colour(selector: Wish, item: Item) -> bool:
    return selector.colour in (None, item.get("Colour"))


# The pages of the fake vendor overlap by themselves where a test wants it.
PAGING = SkipTakePaging(size=2, overlap=0)

SPACE = Resource(
    kind="space",
    id_field="Id",
    list_path="spaces",
    item_path="spaces/{Id}",
    paging=PAGING,
    choice=Choice(
        setting="spaces",
        wanted=lambda selector: selector.spaces,
        names=lambda space: {space["Id"], space["Name"]},
    ),
    enrich=add_site,
)
THING = Resource(
    kind="thing",
    id_field="Id",
    list_path="{Id}/things",
    item_path="{SpaceId}/things/{Id}",
    paging=PAGING,
    parent=SPACE,
    parent_field="SpaceId",
    accepts=has_colour,
    enrich=add_site,
)
# Hangs on several spaces, so that every one of them lists it.
SHARED = Resource(
    kind="shared",
    id_field="Id",
    list_path="{Id}/shared",
    item_path="shared/{Id}",
    paging=PAGING,
    parent=SPACE,
    refused_by=lambda error: isinstance(error, Refused) and error.status == 400,
)
FREE = Resource(
    kind="free",
    id_field="Id",
    list_path="free",
    item_path="free/{Id}",
    paging=PAGING,
    accepts=has_colour,
    enrich=add_site,
)


def things(space: str, *numbers: int, **fields: Any) -> Collection:
    return Collection(
        [{"Id": f"{space}-T{n}", "SpaceId": space, **fields} for n in numbers]
    )


def free(*numbers: int, **fields: Any) -> list[Item]:
    return [{"Id": f"F{number}", **fields} for number in numbers]


def vendor(**collections: Collection) -> FakeVendor:
    spaces = [{"Id": f"S{n}", "Name": f"Space {n}"} for n in (1, 2, 3)]
    empty = {f"S{n}/{kind}": Collection([]) for n in (1, 2, 3) for kind in KINDS}
    named = {path.replace("__", "/"): rows for path, rows in collections.items()}
    return FakeVendor({"spaces": Collection(spaces), **empty, **named})


KINDS = ("things", "shared")


async def listed(
    handler: Handler,
    resource: Resource,
    selector: Wish | None = None,
) -> list[Item]:
    batches = fetch_all(build_api(handler), resource, selector or Wish())
    return [item async for batch in batches for item in batch]


async def listed_ids(handler: Handler, resource: Resource) -> set[str]:
    batches = fetch_all(build_api(handler), resource, Wish())
    return {item["Id"] async for batch in batches for item in batch}


def ids(items: list[Item]) -> list[str]:
    return sorted(item["Id"] for item in items)
