"""What becomes of an event: for which mappings it failed, and what was written."""

import re
from collections.abc import Awaitable, Callable, Collection
from copy import copy
from typing import Any

from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults

from webhook_processors.progress import RUNNING

EVERYTHING = "true"


def note_progress(manager: LiveEventsProcessorManager) -> None:
    """Have a manager note what fails and what is written for the running event.

    Its `sync_raw_results` has to return whether all was written.
    """
    process: Callable[..., Awaitable[WebhookEventRawResults]]
    process = manager._process_single_event
    write: Any = manager.sync_raw_results

    async def process_and_note(
        processor: Any, path: str, resource: ResourceConfig | None, *index: Any
    ) -> WebhookEventRawResults:
        try:
            return await process(processor, path, resource, *index)
        except Exception:
            if progress := RUNNING.get():
                progress.failed.append(resource)
            raise

    async def write_and_note(results: list[WebhookEventRawResults]) -> None:
        progress = RUNNING.get()
        failed = progress.failed if progress else []
        results = [undisputed(result, failed) for result in results]
        is_written = await write(results)
        if progress:
            progress.is_written = is_written

    manager._process_single_event = process_and_note  # type: ignore
    manager.sync_raw_results = write_and_note  # type: ignore


def undisputed(
    result: WebhookEventRawResults, failed: Collection[ResourceConfig | None]
) -> WebhookEventRawResults:
    """Return what a mapping brings without what it would delete, if another mapping
    with the same blueprint has failed: that one might have found the object.
    """
    own = result._resource
    if not own or not any(_may_share_entities(own, one) for one in failed if one):
        return result
    kept = copy(result)
    kept._deleted_raw_results = []
    if own.selector.query.strip() != EVERYTHING:
        kept._updated_raw_results = []  # what a query doesn't select is deleted, too
    return kept


def _may_share_entities(one: ResourceConfig, other: ResourceConfig) -> bool:
    blueprints = {_blueprint(one), _blueprint(other)}
    return len(blueprints) == 1 or None in blueprints


def _blueprint(resource: ResourceConfig) -> str | None:
    """Return the blueprint of a mapping, None where it depends on the object."""
    expression = resource.port.entity.mappings.blueprint
    text = JQEntityProcessorSync._format_filter(expression).strip()
    return text if re.fullmatch(r'"[^"\\]*"', text) else None
