"""Deployments whose figures a change of another one at their place has changed."""

import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import datetime
from itertools import batched

from loguru import logger

from core.api import Api
from core.changes import listed_by
from core.errors import ApiError, Unavailable
from core.lists import enriched
from core.resource import Resource
from core.trouble import ODD_FORM, apart, current_report
from core.types import Item
from core.values import text
from octopus.resources.brought import relate_each
from octopus.resources.by_ids import get_many
from octopus.resources.delivered import log_of, number_in
from octopus.resources.delivery_log import DeliveryLog
from octopus.resources.deployment_ends import changed_deployments
from octopus.resources.figured import with_figures
from octopus.resources.figures import neighbours
from octopus.resources.whole_log import read_log
from octopus.selectors import ExecutionSelector, ReleaseSelector

BATCH = 200
# After a history that could not be read; it may be thousands of requests.
PAUSE_SECONDS = 300.0
BY_TASKS = listed_by(changed_deployments, relate=relate_each)


async def know_history(api: Api, selector: ExecutionSelector) -> bool:
    """Have the delivery log know what was there before; return whether it had to be
    read for that.

    Without it, deployments come without their figures.
    """
    was_empty = not log_of(api, selector).places
    await know_log(api, selector)
    return was_empty


async def know_log(api: Api, selector: ReleaseSelector) -> bool:
    """Read the delivery log unless it is known; return whether it is.

    If it can't be read, it is not read again at once.
    """
    log = log_of(api, selector)
    since = log.unreadable_since
    if since is not None and time.monotonic() - since < PAUSE_SECONDS:
        return False
    try:
        await read_log(api, selector)
    except ApiError as error:
        log.unreadable_since = time.monotonic()
        logger.info(f"The history of deployments is not told: {error}")
        return False
    log.unreadable_since = None
    return True


async def list_changed(
    api: Api, resource: Resource, selector: ExecutionSelector, since: datetime
) -> AsyncGenerator[list[Item]]:
    """Yield what did something since a moment, and what that has changed.

    Raises Unavailable at the end if something of that could not be read.
    """
    changed: list[Item] = []
    async with aclosing(BY_TASKS(api, resource, selector, since)) as batches:
        async for batch in batches:
            changed += batch
    if not changed:
        return
    await know_history(api, selector)
    for part in batched(changed, BATCH):
        yield [with_figures(api, item, selector) for item in part]
    log = log_of(api, selector)
    mark_turned(log, changed)
    others, is_whole = await read_neighbours(api, resource, changed, selector)
    yield others
    if not is_whole:
        raise Unavailable("not all that deployments have changed of others is known")
    mark_told(log, changed)


async def read_neighbours(
    api: Api,
    resource: Resource,
    deployments: Iterable[Item],
    selector: ExecutionSelector,
) -> tuple[list[Item], bool]:
    """Return the others that deployments have changed, as `resource` brings them, and
    whether reading them again would bring no more.

    These are around deployments that have ended since they were last marked as told.
    """
    log, known = log_of(api, selector), [*deployments]
    own = {item["Id"] for item in known}
    by_space: dict[str, set[str]] = defaultdict(set)
    for item in known:
        ids = {f"Deployments-{number}" for number in _around(log, item)}
        by_space[text(item.get("SpaceId")) or ""] |= ids - own
    found, is_whole = list[Item](), True
    for space, ids in by_space.items():
        asking = get_many(api, f"api/{space}/deployments", sorted(ids))
        many, troubles = await apart(asking)
        is_whole &= all(trouble.is_permanent for trouble in troubles)
        if troubles:
            current_report().lose_value("other deployments", troubles[0].reason)
        items = [*many.found.values()]
        found += await enriched(api, resource, items, selector)
    pages = relate_each(api, _one_page(found), selector)
    others = [item async for page in pages for item in page]
    return others, is_whole and not any(map(resource.lacking, others))


def mark_turned(log: DeliveryLog, deployments: Iterable[Item]) -> None:
    """Note that the catalog has to be told what deployments changed at their places."""
    numbers = map(number_in, deployments)
    log.turned |= {number for number in numbers if number is not None}


def mark_told(log: DeliveryLog, deployments: Iterable[Item]) -> None:
    """Note that the catalog has what deployments changed at their places."""
    log.turned -= {number_in(item) for item in deployments}


async def _one_page(items: list[Item]) -> AsyncGenerator[list[Item]]:
    yield items


def _around(log: DeliveryLog, deployment: Item) -> set[int]:
    try:
        if number_in(deployment) in log.turned:
            return neighbours(log, deployment)
    except ODD_FORM:
        logger.debug(f"{deployment.get('Id')} has an odd form")
    return set()
