"""One company for all laws: nothing here changes it."""

from collections.abc import Callable, Iterator

import pytest
from loguru import logger

import jira.resources
import octopus.resources
from sandbox.company import Size, build_company
from tests.trust.vendors import jira_site, octopus_site
from tests.trust.worlds import World, build_world, without_ocean
from tests.virtual_time import run

# Some of everything, for each example reads all of a kind.
SMALL = Size(issues=90, users=10, releases=60, deployments=100, machines=8, tenants=2)
QUIET = ("core", "framework", "port_ocean")


@pytest.fixture(scope="package", autouse=True)
def _without_ocean() -> Iterator[None]:
    # What is logged of so many faults takes longer than all the rest.
    for name in QUIET:
        logger.disable(name)
    with without_ocean():
        yield
    for name in QUIET:
        logger.enable(name)


@pytest.fixture(scope="package")
def world_of() -> Callable[[str], World]:
    """Return what builds the world of a kind, once."""
    company = build_company(size=SMALL)
    sites = {"jira": jira_site(company), "octopus": octopus_site(company)}
    resources = {**jira.resources.RESOURCES, **octopus.resources.RESOURCES}
    known: dict[str, World] = {}

    def build(kind: str) -> World:
        if kind not in known:
            site = sites[kind.partition("-")[0]]
            known[kind] = run(build_world(kind, site, resources[kind]))
        return known[kind]

    return build
