"""The door: what a stranger posts is refused before it costs anything.

The framework reads a body of any size, parses it, queues it, and has the signature
checked when a worker takes it; each such event is logged some ten times. It answers 200
whatever came. This middleware stands in front of all others. It lets in what the vendor
sent, in full, lately, for the first time, and if there is room for it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.routing import APIRoute
from port_ocean.ocean import Ocean
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.bodies import parse_object
from core.signature import MAX_AGE, NotGenuine, Stale
from core.types import Item
from framework.body_reader import BodyReader, Disconnected
from framework.event_queue import EventQueue, memory_of
from framework.refusals import (
    AGE,
    BUSY,
    FAILED,
    FORM,
    GENUINE,
    METHOD,
    PLACE,
    REPEATED,
    SIZE,
    Reason,
    Refusals,
    Refused,
    keep_out_of_request_log,
)


class WebhookGuard:
    """ASGI middleware in front of the paths that vendors post to."""

    def __init__(
        self,
        app: ASGIApp,
        prefix: str,
        router: APIRouter,
        queues: Mapping[str, EventQueue],
    ) -> None:
        """Guard `queues`, by their paths below a prefix.

        `router` has all paths that are served there.
        """
        self._app = app
        self._prefix = prefix
        self._router = router
        self._queues = queues
        self._refusals = Refusals()
        self._reader = BodyReader()

    @classmethod
    def put_before(cls, app: Ocean, queues: Mapping[str, EventQueue]) -> None:
        """Put the guard in front of everything else that an application does.

        `queues` may still be filled: they are looked up with each post.
        """
        prefix = f"{app.route_prefix}/integration"
        app.fast_api_app.add_middleware(
            cls,
            prefix=prefix,
            router=app.integration_router,
            queues=queues,
        )
        keep_out_of_request_log(f"{prefix}/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is none of our business, or is let in."""
        place, _, path = scope.get("path", "").partition(self._prefix)
        if scope["type"] != "http" or place or not path.startswith("/"):
            await self._app(scope, receive, send)
            return
        queue = self._queues.get(path)
        try:
            if queue is not None:
                await self._let_in(queue, path, scope, receive, send)
            elif path in {getattr(route, "path", "") for route in self._router.routes}:
                await self._app(scope, receive, send)
            else:
                raise Refused(PLACE)
        except Refused as refused:
            self._refusals.count(path if queue else "", refused)
            await answer(send, refused.reason)
        except Disconnected:
            return

    async def _let_in(
        self, queue: EventQueue, path: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have the framework's route queue an event; raise Refused otherwise.

        It is called directly. On the way through the application, each event would be
        logged five times more and take 4 ms of CPU, a third of its whole cost.
        """
        headers, now = Headers(scope=scope), datetime.now(UTC)
        check_beforehand(queue, scope["method"], headers, now)
        body = await self._reader.read(receive, queue.sender.max_bytes)
        payload = genuine_payload(queue, headers, body, now)
        event_id = queue.sender.event_id(headers, payload)
        if event_id and queue.knows(event_id):
            raise Refused(REPEATED)
        del payload  # parsed again by the framework, perhaps after a while
        with queue.reserve(memory_of(body)):
            told = await self._route_of(path)(Request(scope, replay(body, receive)))
        if told["status"] != "ok":  # the framework would answer 200
            raise Refused(FAILED, told.get("message", ""))
        await JSONResponse(told)(scope, receive, send)

    def _route_of(self, path: str) -> Callable[[Request], Awaitable[Item]]:
        """Return the function behind the framework's route of a path."""
        routes = [one for one in self._router.routes if isinstance(one, APIRoute)]
        return next(route.endpoint for route in routes if route.path == path)


def check_beforehand(
    queue: EventQueue, method: str, headers: Headers, now: datetime
) -> None:
    """Raise Refused for what can be told without the body."""
    if method != "POST":
        raise Refused(METHOD)
    length = headers.get("content-length", "0")
    size = int(length[:19]) if length.isdecimal() else 0  # others are counted
    if size > queue.sender.max_bytes:
        raise Refused(SIZE)
    try:
        queue.sender.check_headers(headers, now)
    except NotGenuine as error:
        raise refused_by(error) from None
    if not queue.has_room(size):
        raise Refused(BUSY)


def genuine_payload(
    queue: EventQueue, headers: Headers, body: bytes, now: datetime
) -> Item:
    """Return the event in a body; raise Refused if it is forged, stale or malformed."""
    try:
        queue.sender.check(headers, body, now)
    except NotGenuine as error:
        raise refused_by(error) from None
    if not queue.has_room(memory_of(body)):
        raise Refused(BUSY)
    try:
        payload = parse_object(body)
        queue.sender.check_payload(headers, payload)
    except NotGenuine as error:
        raise refused_by(error) from None
    except ValueError as error:
        raise Refused(FORM, str(error)) from None
    occurred_at = queue.sender.occurred_at(payload)
    if occurred_at is not None and now - occurred_at > MAX_AGE:
        raise refused_by(Stale(occurred_at, now))
    return payload


def refused_by(error: NotGenuine) -> Refused:
    """Return the refusal of what the vendor did not send, or not now."""
    return Refused(AGE, str(error)) if isinstance(error, Stale) else Refused(GENUINE)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read, and then what the client does."""
    waiting: list[Message] = [{"type": "http.request", "body": body}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def answer(send: Send, reason: Reason) -> None:
    """Answer without a body."""
    headers = [(b"content-length", b"0"), *reason.headers]
    start = {"type": "http.response.start", "status": reason.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b""})
