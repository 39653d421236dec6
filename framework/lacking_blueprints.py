"""Blueprints that a mapping gives and Port lacks: what that must not cost."""

from collections.abc import Iterable

from loguru import logger
from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from framework.jq_values import literal_of
from framework.port_writer import NO_BLUEPRINT
from framework.protection import Kept
from framework.resync_run import current_run


def blueprints_lacking() -> dict[str, str]:
    """Return the blueprints that a mapping gives and Port lacks, and the kinds."""
    run = current_run()
    return {
        blueprint: reading.mapping.kind
        for reading in (run.readings if run else ())
        for (blueprint, _), reason in reading.refused.items()
        if reason == NO_BLUEPRINT
    }


def keep_replaced(kept: Kept, mappings: Iterable[ResourceConfig]) -> None:
    """Keep what no mapping gives any more if one gives a blueprint that Port lacks.

    By a slip of the pen, its entities would all leave the catalog, and none would come.
    """
    if lacking := blueprints_lacking():
        named = {literal_of(m.port.entity.mappings.blueprint) for m in mappings}
        why = ", ".join(f"{kind} gives {name}" for name, kind in lacking.items())
        for blueprint in {key[0] for key in kept.missing} - named:
            reason = f"{why}, which Port lacks"
            kept.keep_all(blueprint, reason)
            logger.warning(f"All entities of {blueprint} are kept, because {reason}")
