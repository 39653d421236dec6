"""The deliveries of issues that one event of Octopus Deploy may have changed.

Nothing of Jira is read. Issues that no release carries any more come with GONE.
"""

from functools import partial

from core.api import Api
from core.errors import Unavailable
from core.fetch import fetch_one
from core.lookup import Absent, get_own
from core.resource import fill
from core.trouble import INCOMPLETE
from core.types import Item
from core.values import required
from framework.event_outcome import when_done
from links.issue_delivery import tell
from links.touched import (
    drop_releases,
    told,
    told_of,
    touched_by_deployment,
    touched_by_release,
)
from octopus.resources import DEPLOYMENT_END, PROJECT, RELEASE
from octopus.resources.delivery_log import DeliveryLog
from octopus.resources.whole_log import deployments_like, read_log
from octopus.selectors import ReleaseSelector


async def after_deployment(
    api: Api, ref: Item, selector: ReleaseSelector
) -> list[Item]:
    """Return the deliveries that a deployment (`SpaceId`, `Id`) may have changed.

    Its release is read, too, for build information may have come since.
    """
    log = await read_log(api, selector)
    own = deployments_like(selector)
    deployment = await fetch_one(api, DEPLOYMENT_END, ref, own)
    if isinstance(deployment, Absent):
        return []
    if deployment.get(INCOMPLETE):
        raise Unavailable(f"how {ref['Id']} ended could not be read")
    release = {"SpaceId": ref["SpaceId"], "Id": required(deployment, "ReleaseId")}
    keys = await _read_release(api, log, release, selector)
    keys |= touched_by_deployment(log, deployment)
    items = await tell(api, log, selector, keys)
    when_done(partial(told_of, log, RELEASE, release, keys))
    when_done(partial(told_of, log, DEPLOYMENT_END, deployment, keys))
    return items


async def after_release(api: Api, ref: Item, selector: ReleaseSelector) -> list[Item]:
    """Return the deliveries that a release (`SpaceId`, `Id`) may have changed."""
    log = await read_log(api, selector)
    keys = await _read_release(api, log, ref, selector)
    items = await tell(api, log, selector, keys)
    when_done(partial(told_of, log, RELEASE, ref, keys))
    return items


async def _read_release(
    api: Api, log: DeliveryLog, ref: Item, selector: ReleaseSelector
) -> set[str]:
    found = await fetch_one(api, RELEASE, ref, selector)
    if not isinstance(found, Absent) and found.get(INCOMPLETE):
        raise Unavailable(f"which issues {ref['Id']} carries is not known yet")
    return touched_by_release(log, ref, is_gone=isinstance(found, Absent))


async def after_project(api: Api, ref: Item, selector: ReleaseSelector) -> list[Item]:
    """Return the deliveries of what the releases of a project carried, if it's gone."""
    log = await read_log(api, selector)
    if await get_own(api, fill(PROJECT.item_path, ref)) is not Absent.GONE:
        return []
    own = log.of_project.get(ref["Id"], ())
    numbers = [n for n in own if log.releases[n].space == ref["SpaceId"]]
    keys = drop_releases(log, ref["Id"], numbers)
    items = await tell(api, log, selector, keys)
    when_done(partial(told, log, ref["Id"], keys))
    return items
