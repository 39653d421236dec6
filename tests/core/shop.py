"""A vendor of spaces with things in them: its kinds, and the replies of its lists."""

import re
from dataclasses import dataclass, field
from typing import Any

from pytest_httpx import HTTPXMock

from core.api import Api
from core.errors import Refused
from core.fetch import fetch_all
from core.paging import SkipTakePaging
from core.resource import Choice, Resource
from core.types import Item
from tests.api import BASE_URL, Registration, build_api


@dataclass
class Wish:
    """A selector."""

    spaces: list[str] = field(default_factory=list)
    colour: str | None = None


async def add_site(api: Api, items: list[Item], selector: Wish) -> list[Item]:
    return [{**item, "__site": api.site_url} for item in items]


def has_colour(selector: Wish, item: Item) -> bool:
    return selector.colour in (None, item.get("Colour"))


# The pages overlap by themselves where a test wants it.
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


SPACES: list[Item] = [{"Id": f"S{n}", "Name": f"Space {n}"} for n in (1, 2, 3)]


def things(space: str, *numbers: int) -> list[Item]:
    return [{"Id": f"{space}-T{n}", "SpaceId": space} for n in numbers]


def free(*numbers: int, **fields: Any) -> list[Item]:
    return [{"Id": f"F{number}", **fields} for number in numbers]


def add_list(
    httpx_mock: HTTPXMock,
    path: str,
    items: list[Any],
    *,
    page_size: int = PAGING.size,
    repeats: int = 0,
    **options: Any,
) -> None:
    """Register each page of a list; it repeats the last rows of the page before."""
    for skip in range(0, max(len(items), 1), page_size):
        end = skip + page_size
        body = {
            "Items": items[max(skip - repeats, 0) : end],
            "TotalResults": len(items) + repeats,
            "Links": {"Page.Next": f"?skip={end}"} if end < len(items) else {},
        }
        httpx_mock.add_response(url=page_url(path, skip), json=body, **options)


def add_spaces(
    httpx_mock: HTTPXMock, kind: str, **lists: list[Item] | Registration
) -> None:
    """Register the spaces, and what each lists of a kind: items, none, or a reply."""
    add_list(httpx_mock, "spaces", SPACES)
    for space in SPACES:
        path, items = f"{space['Id']}/{kind}", lists.get(space["Id"], [])
        if callable(items):
            # Parts of a page that fails are asked for, too.
            items(httpx_mock, url=re.compile(re.escape(f"{BASE_URL}/{path}?")))
        else:
            add_list(httpx_mock, path, items)


def page_url(path: str, skip: int = 0) -> str:
    return f"{BASE_URL}/{path}?skip={skip}&take={PAGING.size}"


def asked(httpx_mock: HTTPXMock) -> list[str]:
    """Return the paths that were asked for, in order."""
    paths = (request.url.path for request in httpx_mock.get_requests())
    return [path.removeprefix("/base/") for path in paths]


async def listed(resource: Resource, selector: Wish | None = None) -> list[Item]:
    batches = fetch_all(build_api(), resource, selector or Wish())
    return [item async for batch in batches for item in batch]


def ids(items: list[Item]) -> list[str]:
    return sorted(item["Id"] for item in items)
