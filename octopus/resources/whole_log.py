"""The delivery log, once all of it is known."""

from contextlib import aclosing

from core.api import Api
from core.errors import Unavailable
from core.fetch import fetch_all, fetch_parents
from core.resource import Resource
from octopus.resources.delivered import log_of
from octopus.resources.delivery_log import DeliveryLog
from octopus.resources.deployment_ends import DEPLOYMENT_END
from octopus.resources.releases import RELEASE
from octopus.resources.spaces import SPACE
from octopus.selectors import ExecutionSelector, ReleaseSelector

# What an ExecutionSelector narrows besides a ReleaseSelector, and what it is unset.
NARROWED = {"query": "true", "environments": [], "tenants": [], "states": []}


def deployments_like(selector: ReleaseSelector) -> ExecutionSelector:
    """Return the selector of all deployments of what is selected."""
    return ExecutionSelector(**{**selector.dict(), **NARROWED})


def made_of(selector: ReleaseSelector) -> list[tuple[Resource, ReleaseSelector]]:
    """Return the kinds that the log is made of, each with what selects all of it."""
    return [(RELEASE, selector), (DEPLOYMENT_END, deployments_like(selector))]


async def read_log(
    api: Api, selector: ReleaseSelector, run: object | None = None
) -> DeliveryLog:
    """Return the log of what is selected, once all of it is known.

    For a resync that is what the same resync has read; else it is what was ever read,
    for live events and looks keep it up to date. Raises ApiError if something can't be
    read.
    """
    log = log_of(api, selector)
    spaces = [space["Id"] for space in await fetch_parents(api, SPACE, selector)]
    async with log.lock:
        if not _is_known(log, spaces, run):
            for resource, own in made_of(selector):
                async with aclosing(fetch_all(api, resource, own)) as batches:
                    async for _ in batches:
                        pass
        if not _is_known(log, spaces, run):
            raise Unavailable("releases or deployments could not be read to their end")
    return log


def _is_known(log: DeliveryLog, spaces: list[str], run: object | None) -> bool:
    return all(log.was_read(space, run) for space in spaces)
