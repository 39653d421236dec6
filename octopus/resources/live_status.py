"""What Octopus sees of what runs: in Kubernetes, or by Argo CD.

https://octopus.com/docs/api/observability
"""

import asyncio
from typing import Any

from core.api import Api
from core.errors import NotFound
from core.resource import fill
from core.trouble import Missing, attempt, with_values
from core.types import Item
from core.values import text

PLACE = "api/{SpaceId}/projects/{ProjectId}/environments/{EnvironmentId}"


async def add_live_status(api: Api, places: list[Item], selector: Any) -> list[Item]:
    """Add `__liveStatus`, a summary, with one request for each place.

    Null if the place has none, and if the selector does not include it.
    """
    if not selector.include_live_status:
        return [{**place, "__liveStatus": None} for place in places]
    asking = (attempt(_status(api, p), value="live status") for p in places)
    found = await asyncio.gather(*asking)
    return [
        with_values(place, {"__liveStatus": status})
        for place, status in zip(places, found, strict=True)
    ]


async def _status(api: Api, place: Item) -> Item | Missing | None:
    tenant = "tenants/{TenantId}" if text(place.get("TenantId")) else "untenanted"
    path = fill(f"{PLACE}/{tenant}/livestatus", place)
    try:
        reply = await api.get(path, {"summaryOnly": "true"})
    except NotFound:  # nothing is watched there
        return None
    summary = reply.get("Summary")
    return summary if isinstance(summary, dict) else None
