"""A small application behind the guard, and someone who posts to it."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from starlette.types import ASGIApp, Scope

from core.sender import Headers
from core.signature import NotGenuine, Stale, is_signed
from core.types import Item
from core.values import moment, text
from framework.event_queue import EventQueue
from framework.live_metrics import TURNED_AWAY
from framework.webhook_guard import WebhookGuard

SECRET = {"x-secret": "right"}
PATH = "/webhook/jira"
ADDRESS = f"http://x/integration{PATH}"


class Vendor:
    """Sends a secret, and perhaps a signature besides."""

    max_bytes = 1_000

    def check_headers(self, headers: Headers, received_at: datetime) -> None:
        if headers.get("x-secret") == "stale":
            raise Stale(received_at - timedelta(days=1), received_at)
        if headers.get("x-secret") != "right":
            raise NotGenuine

    def check(self, headers: Headers, body: bytes, received_at: datetime) -> None:
        signature = headers.get("x-signature")
        if signature and not is_signed("key", body, signature):
            raise NotGenuine

    def check_payload(self, headers: Headers, payload: Item) -> None:
        if payload.get("space", "ours") != "ours":
            raise NotGenuine

    def event_id(self, headers: Headers, payload: Item) -> str | None:
        return text(payload.get("id"))

    def occurred_at(self, payload: Item) -> datetime | None:
        return moment(payload.get("at"))


@dataclass
class Guarded:
    """What was let in, and what the guard has counted."""

    queue: EventQueue
    app: ASGIApp
    # What the route of the framework got to read.
    bodies: list[bytes] = field(default_factory=list)
    # Paths that have come by the middlewares of the application.
    passed: list[str] = field(default_factory=list)
    processed: set[str] = field(default_factory=set)
    before: Counter[tuple[str, str]] = field(default_factory=lambda: Counter(totals()))

    def refused(self, reason: str, path: str = PATH) -> int:
        return totals().get((path, reason), 0) - self.before[path, reason]

    async def post(
        self,
        body: bytes | AsyncIterator[bytes] | Item,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        given = SECRET if headers is None else headers
        return await self.ask("POST", content=content, headers=given, **more)

    async def ask(self, method: str, url: str = ADDRESS, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport) as http:
            return await http.request(method, url, **more)

    async def process(self) -> None:
        """Process one event, successfully."""
        event = await self.queue.get()
        self.processed.add(str(event.payload.get("id")))
        self.queue.done(event)


def guarded(**limits: int) -> Guarded:
    """Return an application with the framework's sort of route behind the guard."""
    processed: set[str] = set()
    queue = EventQueue(Vendor(), processed.__contains__, **limits)
    router = APIRouter()
    bodies: list[bytes] = []
    passed: list[str] = []

    @router.post(PATH)
    async def receive(request: Request) -> dict[str, str]:
        bodies.append(await request.body())
        try:
            await queue.put(await WebhookEvent.from_request(request))
        except OSError as error:  # as the framework's does
            return {"status": "error", "message": str(error)}
        return {"status": "ok"}

    @router.post("/another")
    async def another(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    behind = FastAPI()
    behind.include_router(router, prefix="/integration")

    @behind.middleware("http")
    async def note(request: Request, call_next: Any) -> Any:
        passed.append(request.scope["path"])
        return await call_next(request)

    app = WebhookGuard(behind, "/integration", router, {PATH: queue})
    return Guarded(queue, app, bodies, passed, processed)


def totals() -> dict[tuple[str, str], int]:
    """Return how many posts were refused by now, by path and reason."""
    (metric,) = TURNED_AWAY.collect()
    return {
        (sample.labels["path"], sample.labels["reason"]): int(sample.value)
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


async def in_parts(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Yield a body whose length nobody has announced."""
    for part in parts:
        yield part


async def posted(app: ASGIApp, scope: Scope, messages: list[Any]) -> list[Any]:
    """Return what an application answers to messages of a server, by hand."""
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
