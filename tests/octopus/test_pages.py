"""Pages of the portal: Octopus' own links, and pages that are known by their ids."""

from typing import Any

import pytest

from client import ApiClient
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.permissions import OF_SERVER
from octopus.resources.spaces import add_url, page_in_space, portal_url
from octopus.settings import parse_settings
from tests.octopus.test_kinds import read

# Kinds that stand in no space, so nothing is known of their pages.
WITHOUT_PAGE = {*OF_SERVER} - {OctopusKind.SPACE}
LINKED = {
    OctopusKind.SPACE,
    OctopusKind.PROJECT,
    OctopusKind.RELEASE,
    OctopusKind.DEPLOYMENT,
    OctopusKind.TASK,
}


@pytest.mark.parametrize("kind", sorted(set(OctopusKind) - WITHOUT_PAGE))
async def test_every_item_has_a_page_though_few_replies_link_one(
    api: ApiClient, kind: OctopusKind
) -> None:
    found = await read(api, kind)

    has_link = {"Web" in item.get("Links", {}) for item in found}
    assert has_link == {kind in LINKED} or kind == OctopusKind.CURRENT_RELEASE
    for item in found:
        home = item.get("SpaceId", f"spaces/{item['Id']}")
        # A task of an execution may be unknown.
        if item.get("TaskId", "") is not None or "Web" in item.get("Links", {}):
            assert item["__url"].startswith(f"{api.site_url}/app#/{home}"), item


@pytest.mark.parametrize("directory", ["", "/octopus", "/apps/octopus", "/app/octopus"])
@pytest.mark.parametrize("of_server", ["", "/octopus", "/app", "/application"])
def test_a_virtual_directory_is_neither_doubled_nor_lost(
    api: ApiClient, directory: str, of_server: str
) -> None:
    api.site_url = f"https://deploy.example{directory}"
    page = f"{of_server}/app#/Spaces-1/projects/Projects-1"

    url = portal_url(api, {"Links": {"Web": page}})

    assert url == f"https://deploy.example{directory}/app#/Spaces-1/projects/Projects-1"


@pytest.mark.parametrize("web", [None, 3, "", "somewhere else", ["/app#/x"]])
def test_a_link_that_is_none_gives_way_to_the_known_page(
    api: ApiClient, web: Any
) -> None:
    item: Item = {"Id": "Lifecycles-1", "SpaceId": "Spaces-1", "Links": {"Web": web}}

    url = add_url(api, item, "library/lifecycles/{Id}")["__url"]

    assert url == f"{api.site_url}/app#/Spaces-1/library/lifecycles/Lifecycles-1"


@pytest.mark.parametrize(
    "item", [{}, {"Id": "X-1"}, {"SpaceId": "Spaces-1"}, {"Id": "..", "SpaceId": "S"}]
)
def test_an_item_without_its_ids_has_no_page(api: ApiClient, item: Item) -> None:
    assert page_in_space(api, item, "tenants/{Id}") is None


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("/apps/octopus", "/apps/octopus"),
        ("/application", "/application"),
        ("/application/api", "/application"),
        ("/app/octopus", "/app/octopus"),
        ("/app/octopus/app#/Spaces-1", "/app/octopus"),
        ("/api/octopus", "/api/octopus"),
        ("/api/octopus/api/", "/api/octopus"),
        ("/octopus/app#/Spaces-1/projects", "/octopus"),
        ("/octopus/api/Spaces-1/projects", "/octopus"),
        ("/api/spaces/Spaces-1", ""),
        ("/api/users/me?x=1", ""),
        ("/app", ""),
        ("/api", ""),
        ("/", ""),
    ],
)
def test_what_people_paste_is_cut_to_the_virtual_directory(
    pasted: str, base: str
) -> None:
    url = f"https://deploy.example{pasted}"

    (settings,) = parse_settings(
        {"octopus_server_url": url, "octopus_api_key": "API-1"}
    )

    assert settings.base_url == f"https://deploy.example{base}"
