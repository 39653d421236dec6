"""A shop's catalog in the stand-in of Port: teams, and services that they own."""

from typing import Any

import httpx

from sandbox.port.store import Options, Store
from sandbox.port.wire import TOKEN

type Item = dict[str, Any]

SOURCE = "port-ocean/shop/0.1.0/mine/exporter"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "User-Agent": SOURCE}
CREATE = {"upsert": "true", "merge": "true", "create_missing_related_entities": "true"}
BULK = "/v1/blueprints/service/entities/bulk"
MERGE = Options(merge=True, create_missing=True)
REPLACE = Options(create_missing=True)
TEAM = {"identifier": "team", "schema": {"properties": {}}}
SERVICE = {
    "identifier": "service",
    "schema": {
        "properties": {
            "url": {"type": "string", "format": "url"},
            "mail": {"type": "string", "format": "email"},
            "tier": {"type": "string", "enum": ["gold", "silver"]},
            "since": {"type": "string", "format": "date-time"},
            "size": {"type": "number", "minimum": 0},
            "live": {"type": "boolean", "default": False},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "extra": {"type": "object"},
            "notes": {"type": "string", "format": "markdown"},
        }
    },
    "relations": {
        "owner": {"target": "team"},
        "users": {"target": "team", "many": True},
        "parent": {"target": "service"},
    },
    "mirrorProperties": {"ownerTitle": {"path": "owner.$title"}},
}


def service(identifier: str = "cart", **parts: Any) -> Item:
    return {"identifier": identifier, "title": identifier.title(), **parts}


async def post(http: httpx.AsyncClient, *entities: Item, **params: str) -> Item:
    """Upsert services over HTTP; return the reply."""
    body = {"entities": entities}
    reply = await http.post(BULK, json=body, params={**CREATE, **params})
    found: Item = reply.json()
    return found


def put(store: Store, identifier: Any = "cart", **parts: Any) -> Item:
    """Upsert a service; return it."""
    options = parts.pop("options", MERGE)
    sent = {"identifier": identifier, **parts}
    return store.upsert("service", sent, SOURCE, options)[0]
