"""One kind of a resync: read it, and record what could not be brought."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial

from loguru import logger
from port_ocean.context.event import event
from port_ocean.core.incremental import active_incremental_cursor
from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled
from port_ocean.core.ocean_types import ASYNC_GENERATOR_RESYNC_TYPE

from core.api import Api
from core.errors import ApiError, NotAvailable, Refused, Unauthorized
from core.fetch import fetch_all
from core.pipeline import fan_out
from core.resource import Resource
from core.trouble import ODD_FORM, Trouble, reporting
from core.types import Item
from framework.entity_processor import GONE
from framework.items_to_parse import is_splittable
from framework.mapping_watch import record_unmapped
from framework.resync_run import Reading, ResyncRun, current_run
from framework.sign_in import is_sign_in_lost
from framework.sources import sources_of

# Jira's index lags behind its database for minutes.
OVERLAP = timedelta(minutes=10)
# There should be a full resync as often.
LONGEST_LOOKBACK = timedelta(days=1)


async def read(apis: Sequence[Api], resource: Resource) -> ASYNC_GENERATOR_RESYNC_TYPE:
    """Yield a kind's items, of all connections of its product side by side.

    What can't be had costs a message, and no entities. In an incremental run that is
    what may have changed since the kind's cursor.

    The framework sees no error, so that it still reconciles everything else. Where Port
    reconciles by itself (DSP mode) it can't know what to keep, so errors are raised.
    """
    run, mapping = current_run(), event.resource_config
    if run is None or mapping is None or await is_dsp_mode_enabled():
        chosen = sources_of(mapping, resource, apis)[0] if mapping else apis
        each: Sequence[Api | None] = chosen or [None]
        for api in each:
            async with aclosing(_items(api, resource)) as batches:
                async for items in batches:
                    yield [item for item in items if GONE not in item]
        return
    try:
        chosen, left_out = sources_of(mapping, resource, apis)
    except Refused as error:
        run.begin(mapping, resource, None).report.lose_kind(error)
        return
    reading = run.begin_each(mapping, resource, chosen)
    for what, reason in left_out.items():
        reading.report.lose_value(what, reason)
    async with aclosing(_read_each(run, reading)) as batches:
        async for items in batches:
            yield items
    for part in reading.parts:
        reading.items += part.items
        reading.gone += part.gone
    record_unmapped(reading)


def _read_each(run: ResyncRun, reading: Reading) -> AsyncGenerator[list[Item]]:
    """Return what reads all connections; one that is down stops no other."""
    read_one = partial(_read_or_lose, run, reading)
    if len(reading.sources) == 1:
        return read_one(reading)
    what = f"{reading.report.kind} of several connections"
    return fan_out(_each(reading.sources), read_one, what=what)


async def _each[T](values: Sequence[T]) -> AsyncGenerator[T]:
    for value in values:
        yield value


async def _read_or_lose(
    run: ResyncRun, whole: Reading, reading: Reading
) -> AsyncGenerator[list[Item]]:
    """Yield the items of one connection, and record an error as what it hides."""
    report, product = reading.report, run.product_of(reading.api)
    if product and product.name in run.lost:
        # It was logged once, when the product was lost.
        lost = Trouble(kind=report.kind, reason=run.lost[product.name])
        report.troubles.append(lost)
        return
    try:
        async with aclosing(_reported(whole, reading)) as batches:
            async for items in batches:
                yield items
    except NotAvailable as reason:
        reading.not_read = str(reason)
        logger.warning(f"{report.kind} is skipped, nothing is deleted: {reason}")
    except Unauthorized as error:
        await _lose_product(run, reading, error)
    except (ApiError, *ODD_FORM) as error:
        report.lose_kind(error)


async def _reported(whole: Reading, reading: Reading) -> AsyncGenerator[list[Item]]:
    """Yield the items, and have their trouble recorded in the reading's report.

    The report is current only while something is fetched: a generator shares its
    context with whoever iterates over it.
    """
    selector = reading.mapping.selector
    async with aclosing(_items(reading.api, reading.resource)) as batches:
        while True:
            with reporting(reading.report):
                items = await anext(batches, None)
            if items is None:
                break
            reading.gone += [item for item in items if GONE in item]
            came = [item for item in items if GONE not in item]
            reading.items += len(came)
            yield [item for item in came if await is_splittable(whole, item)]
    # Only now: what has grown too old meanwhile was perhaps not listed any more.
    resource = reading.resource
    if resource.dated_by and (since := resource.since(selector)):
        reading.window = (resource.dated_by, since)


async def _items(api: Api | None, resource: Resource) -> AsyncGenerator[list[Item]]:
    if api is None:
        raise NotAvailable("its product is not set up, so remove it from the mapping")
    selector = getattr(event.resource_config, "selector", None)
    cursor = active_incremental_cursor()
    if cursor is None or resource.changed is None:
        listing = fetch_all(api, resource, selector)
    else:
        listing = resource.changed(api, resource, selector, _since(api, cursor))
    async with aclosing(listing) as batches:
        async for items in batches:
            yield [api.site.mark(item) for item in items]


def _since(api: Api, cursor: datetime) -> datetime:
    """Return the vendor's time from which to read what has changed.

    The framework dates its cursors by this machine's clock. One that is still to come
    was saved by a clock that was wrong. The clocks' difference is in whole minutes, so
    that all kinds of a run ask for the same moment: some share what they read.
    """
    now = datetime.now(UTC)
    reached = cursor if cursor <= now else now - LONGEST_LOOKBACK
    minutes = round((api.clock.now() - now) / timedelta(minutes=1))
    return reached + timedelta(minutes=minutes) - OVERLAP


async def _lose_product(run: ResyncRun, reading: Reading, error: Unauthorized) -> None:
    """Record a 401: of one endpoint only, or of the whole product."""
    if await is_sign_in_lost(run, reading.api) and len(run.lost) == len(run.products):
        raise error
    reading.report.lose_kind(error)
