"""What can go wrong between a client and a stand-in, on demand; and what was asked.

All stand-ins put `FaultMiddleware` in front of themselves. Rules are consulted in the
order in which they were added; a rule that is used up is dropped.
"""

import asyncio
import json
import re
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.fault_rules import Rule
from sandbox.limits import Limit

CONTROL_PREFIX = "/_sandbox"
# How many requests are kept with their headers.
REQUESTS_KEPT = 1000
# Parts of a path after which a number is a version, not an id.
BEFORE_VERSION = ("api", "agile", "software", "webhooks")


@dataclass(frozen=True)
class Received:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float


class Faults:
    """Hold rules and delays, and count the requests that came."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.limit: Limit | None = None
        # Each request takes so long, and each full issue in a reply so much longer.
        self.latency_seconds = 0.0
        self.latency_per_item_seconds = 0.0
        self.requests: deque[Received] = deque(maxlen=REQUESTS_KEPT)
        self.total = 0
        self.by_pattern: Counter[str] = Counter()
        self.in_flight = 0
        self.peak_in_flight = 0
        # How many requests waited for one another: the longest chain of them.
        self.rounds = 0

    def add(self, rule: Rule | None = None, **fields: Any) -> Rule:
        """Add a rule, given as such or by its fields."""
        rule = rule or Rule(**fields)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Drop all rules."""
        self.rules.clear()

    def take(self, method: str, target: str) -> Rule | None:
        """Return the rule for a request and count that it was used."""
        for rule in [rule for rule in self.rules if rule.fits(method, target)]:
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self.rules.remove(rule)
            return rule
        return None

    async def spend(self, items: int) -> None:
        """Take the time that a reply with so many full items costs."""
        if self.latency_per_item_seconds and items:
            await asyncio.sleep(self.latency_per_item_seconds * items)

    def forget_requests(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.by_pattern.clear()
        self.total = 0
        self.peak_in_flight = self.in_flight
        self.rounds = 0

    def note(self, scope: Scope) -> None:
        """Count a request and keep its headers."""
        headers = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
        query = scope["query_string"].decode()
        path = scope["path"]
        self.requests.append(
            Received(scope["method"], path, query, headers, time.monotonic())
        )
        self.total += 1
        self.by_pattern[f"{scope['method']} {pattern_of(path)}"] += 1


def pattern_of(path: str) -> str:
    """Return a path with `{id}` in place of every segment that looks like an id."""
    segments = path.split("/")
    return "/".join(
        own if not re.search(r"\d", own) or _is_version(own, before) else "{id}"
        for before, own in zip(["", *segments], segments, strict=False)
    )


def _is_version(segment: str, before: str) -> bool:
    """Tell `/v1/` and `/api/3/` from ids."""
    plain = before in BEFORE_VERSION and re.fullmatch(r"[\d.]+", segment)
    return bool(plain or re.fullmatch(r"v\d+", segment))


class FaultMiddleware:
    """Play the faults, keep the counts, and leave control routes alone."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self.app(scope, receive, send)
            return
        faults = self.faults
        faults.note(scope)
        faults.in_flight += 1
        faults.peak_in_flight = max(faults.peak_in_flight, faults.in_flight)
        own_round = faults.rounds + 1
        try:
            refusal = self._refusal()
            await (refusal or self._serve)(scope, receive, send)
        finally:
            faults.in_flight -= 1
            faults.rounds = max(faults.rounds, own_round)

    def _refusal(self) -> Response | None:
        """Return what is answered when a limit is reached."""
        limit = self.faults.limit
        seconds = limit.ask(self.faults.in_flight - 1) if limit else None
        if limit is None or seconds is None:
            return None
        return _answer(Rule(**limit.reply(seconds)), 429)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.faults.latency_seconds:
            await asyncio.sleep(self.faults.latency_seconds)
        query = scope["query_string"].decode()
        target = scope["path"] + (f"?{query}" if query else "")
        rule = self.faults.take(scope["method"], target)
        if rule is None:
            await self.app(scope, receive, send)
            return
        if rule.delay_seconds:
            await asyncio.sleep(rule.delay_seconds)
        if rule.held_until:
            await rule.held_until.wait()
        if rule.drop:
            await drop(receive)
        elif rule.lose:
            await lose(self.app, scope, receive)
        elif rule.status is not None:
            await _answer(rule, rule.status)(scope, receive, send)
        else:
            await self.app(_without(scope, rule.ignore), receive, _Changed(send, rule))


def _without(scope: Scope, parameter: str) -> Scope:
    """Return the request without a query parameter."""
    pairs = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    left = [(name, value) for name, value in pairs if name != parameter]
    return {**scope, "query_string": urlencode(left).encode()} if parameter else scope


async def drop(receive: Receive) -> None:
    """Close the connection without an answer."""
    connection = getattr(getattr(receive, "__self__", None), "transport", None)
    if connection is None:
        # In-process there is no connection; the client sees what it would have seen.
        raise httpx.RemoteProtocolError("the sandbox dropped the connection")
    connection.close()
    # uvicorn must notice before we return, else it answers 500 into the closed socket.
    await asyncio.sleep(0.01)


async def lose(app: ASGIApp, scope: Scope, receive: Receive) -> None:
    """Serve a request, and close the connection in the place of the reply."""

    async def forget(message: Message) -> None:
        pass

    await app(scope, receive, forget)
    await drop(receive)


def _answer(rule: Rule, status: int) -> Response:
    """Return what a rule orders; a text is HTML, as a proxy's would be."""
    plain = isinstance(rule.body, str)
    text = rule.body if plain else json.dumps(rule.body or {})
    kind = "text/html" if plain else "application/json"
    return Response(text, status, {"Content-Type": kind, **rule.headers})


class _Changed:
    """Pass an answer on with more headers or less body."""

    def __init__(self, send: Send, rule: Rule) -> None:
        self._send = send
        self._rule = rule
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        if self._rule.truncate:
            self._body = self._body[: len(self._body) // 2]
        headers = [h for h in self._start["headers"] if h[0] != b"content-length"]
        headers.append((b"content-length", str(len(self._body)).encode()))
        headers += [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in self._rule.headers.items()
        ]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": self._body})
