"""Keep what a resync could not know about from being deleted."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity
from port_ocean.core.ocean_types import EntityDiff

_KEPT_KINDS = "kinds_whose_entities_are_kept"
_WINDOWS = "windows_of_kinds"


def keep_entities(kind: str) -> None:
    """Keep a kind's entities in the running resync, although it does not bring them."""
    event.attributes.setdefault(_KEPT_KINDS, set()).add(kind)


def keep_older(kind: str, dated_by: str, since: datetime) -> None:
    """Keep a kind's entities from before `since`, for the resync read no further back.

    `dated_by` names the item's date, which the mapping has to give to a property. Of
    several windows of a kind, which the mapping may have twice, the shortest counts.
    """
    windows = event.attributes.setdefault(_WINDOWS, {})
    _, known = windows.get(kind, (dated_by, since))
    windows[kind] = (dated_by, max(known, since))


class CautiousStateApplier(HttpEntitiesStateApplier):
    """Delete what a resync no longer found, except for kinds that it did not read."""

    async def delete_diff(
        self,
        entities: EntityDiff,
        user_agent_type: UserAgentType,
        entity_deletion_threshold: float | None = None,
    ) -> None:
        """Delete stale entities, but none that this resync did not look for."""
        kinds = event.attributes.get(_KEPT_KINDS, set())
        windows = event.attributes.get(_WINDOWS, {})
        resources = event.port_app_config.resources
        kept = blueprints_of(r for r in resources if r.kind in kinds)
        windowed = blueprints_of(r for r in resources if r.kind in windows)
        if kept is None or windowed is None:
            return
        inside: set[tuple[str, str]] = set()
        for resource in resources:
            if resource.kind in windows:
                inside |= await self._inside(resource, *windows[resource.kind])
        before = [
            entity
            for entity in entities["before"]
            if entity.blueprint not in kept
            and (entity.blueprint not in windowed or _key(entity) in inside)
        ]
        await super().delete_diff(
            {"before": before, "after": entities["after"]},
            user_agent_type,
            entity_deletion_threshold,
        )

    async def _inside(
        self, resource: ResourceConfig, dated_by: str, since: datetime
    ) -> set[tuple[str, str]]:
        """Return the entities in Port that are dated within the window."""
        mappings = resource.port.entity.mappings
        wanted = f".{dated_by}"
        dates = [
            name for name, jq in mappings.properties.items() if jq.strip() == wanted
        ]
        if not dates:
            return set()
        now = datetime.now(UTC)
        window = {"from": since.isoformat(), "to": now.isoformat()}
        blueprint = mappings.blueprint.strip().strip('"')
        rules = [
            {"property": "$blueprint", "operator": "=", "value": blueprint},
            {"property": dates[0], "operator": "between", "value": window},
        ]
        found = await self.context.port_client.search_entities(
            UserAgentType.exporter, {"combinator": "and", "rules": rules}
        )
        return {_key(entity) for entity in found}


def _key(entity: Entity) -> tuple[str, str]:
    return entity.blueprint, str(entity.identifier)


def blueprints_of(resources: Iterable[ResourceConfig]) -> set[str] | None:
    """Return the blueprints that these map to, or None when an expression decides."""
    expressions = {r.port.entity.mappings.blueprint.strip() for r in resources}
    # A backslash begins an interpolation, `"issue_\(.type)"`, which is no literal.
    literals = [re.fullmatch(r'"([^"\\]+)"', text) for text in expressions]
    blueprints = {literal[1] for literal in literals if literal}
    return blueprints if len(blueprints) == len(expressions) else None
