"""Keep what a resync could not know about from being deleted."""

import re
from collections.abc import Iterable

from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.ocean_types import EntityDiff

_KEPT_KINDS = "kinds_whose_entities_are_kept"


def keep_entities(kind: str) -> None:
    """Keep a kind's entities in the running resync, although it does not bring them."""
    event.attributes.setdefault(_KEPT_KINDS, set()).add(kind)


class CautiousStateApplier(HttpEntitiesStateApplier):
    """Delete what a resync no longer found, except for kinds that it did not read."""

    async def delete_diff(
        self,
        entities: EntityDiff,
        user_agent_type: UserAgentType,
        entity_deletion_threshold: float | None = None,
    ) -> None:
        """Delete stale entities, leaving the blueprints of kept kinds alone."""
        kinds = event.attributes.get(_KEPT_KINDS, set())
        resources = [r for r in event.port_app_config.resources if r.kind in kinds]
        kept = blueprints_of(resources)
        if kept is None:
            return
        before = [e for e in entities["before"] if e.blueprint not in kept]
        await super().delete_diff(
            {"before": before, "after": entities["after"]},
            user_agent_type,
            entity_deletion_threshold,
        )


def blueprints_of(resources: Iterable[ResourceConfig]) -> set[str] | None:
    """Return the blueprints that these map to, or None when an expression decides."""
    expressions = {r.port.entity.mappings.blueprint.strip() for r in resources}
    # A backslash begins an interpolation, `"issue_\(.type)"`, which is no literal.
    literals = [re.fullmatch(r'"([^"\\]+)"', text) for text in expressions]
    blueprints = {literal[1] for literal in literals if literal}
    return blueprints if len(blueprints) == len(expressions) else None
