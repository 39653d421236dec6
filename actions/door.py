"""The second door: runs that Port posts to an address of ours, signed.

Port's queue of runs may not serve an integration type that Port does not know. Any
action can be told to post to an address instead. The executors are the same.
"""

import asyncio
import contextvars
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import APIRouter
from loguru import logger
from port_ocean.config.settings import IntegrationConfiguration
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from actions.executor import Runner
from actions.failures import NOT_SENT, NOTHING_CHANGED, REFUSED
from actions.outcome import Failed
from actions.parsing import PATH, DoorRun, nameless, read_invocation
from actions.service import Actions
from core.bodies import parse_object
from core.signature import MAX_INVOCATION_AGE, NotGenuine, Stale, check_dated
from core.types import Item
from framework.body_reader import BodyReader, Disconnected
from framework.refusals import AGE, BUSY, FORM, GENUINE, REPEATED, Refusals, Refused

TIME, SIGNATURE = "x-port-timestamp", "x-port-signature"
# What people write into a form, several times over.
MOST_BYTES = 256 * 1024
# Runs that are carried out, or wait for it.
MOST_RUNS = 100
AT_ONCE = 5
ACCEPTED = 202


def is_open(config: IntegrationConfiguration, settings: Mapping[str, Any]) -> bool:
    """Return whether this process takes what Port posts."""
    serves = config.event_listener.should_process_webhooks
    return bool(serves and settings.get("actions_by_webhook") is True)


def secret_of(config: IntegrationConfiguration, settings: Mapping[str, Any]) -> str:
    """Return what Port signs with: the client secret of the organization.

    It is that of our own credentials, unless these are others.
    """
    return str(settings.get("port_signing_secret") or config.port.client_secret)


class Door:
    """Carry out what Port posts, if it is genuine, new, and still to be done."""

    def __init__(
        self, actions: Actions, executors: Iterable[Runner], secret: str
    ) -> None:
        """Take the secret that Port signs with."""
        self._actions = actions
        self._executors = {one.ACTION_NAME: one for one in executors}
        self._secret = secret
        self._reader = BodyReader()
        self._refusals = Refusals("Posts of actions refused:")
        self._places = asyncio.Semaphore(AT_ONCE)
        # The event loop keeps only weak references to tasks.
        self._tasks: set[asyncio.Task[None]] = set()
        # Signatures that were let in, and when.
        self._known: dict[str, datetime] = {}
        # All runs share a client for Port, which belongs to a context.
        self._context: contextvars.Context | None = None

    def open(self, router: APIRouter) -> None:
        """Have what Port posts served from now on."""
        router.add_api_route(PATH, self.serve, methods=["POST"], response_model=None)

    async def serve(self, request: Request) -> Response:
        """Answer a post: accepted, or refused with the reason."""
        try:
            run = await self._let_in(request)
        except Refused as refused:
            self._refusals.count(PATH, refused)
            told = refused.detail or refused.reason.words
            headers = {k.decode(): v.decode() for k, v in refused.reason.headers}
            body = {"ok": refused.reason is REPEATED, "message": told}
            return JSONResponse(body, refused.reason.status, headers)
        except Disconnected:
            return Response(status_code=400)
        self._start(run)
        return JSONResponse({"ok": True, "runId": run.id}, ACCEPTED)

    async def _let_in(self, request: Request) -> DoorRun:
        """Return a run that is ours to carry out; raise Refused otherwise.

        A run of Port's that is refused is ended, for nobody else would end it.
        """
        body = await self._reader.read(request.receive, MOST_BYTES)
        signature = request.headers.get(SIGNATURE, "")
        self._check(body, request.headers.get(TIME), signature)
        try:
            posted = parse_object(body)
        except ValueError as error:
            raise Refused(FORM, str(error)) from None
        try:
            run = self._read(posted)
        except Refused as refused:
            await self._end(posted.get("runId"), refused)
            raise
        await self._take(run, signature)
        return run

    def _read(self, posted: Item) -> DoorRun:
        """Return the run in a post; raise Refused if it can't be carried out."""
        try:
            run = read_invocation(posted)
        except ValueError as error:
            raise Refused(FORM, str(error)) from None
        if run.action_type not in self._executors:
            raise Refused(FORM, f"there is no action {run.action_type!r}")
        if len(self._tasks) >= MOST_RUNS:
            raise Refused(BUSY, "too many actions wait: start it again later")
        return run

    async def _end(self, id_: object, refused: Refused) -> None:
        """End a run that is refused, if nobody is at work on it."""
        if not isinstance(id_, str) or not id_:
            return
        run = nameless(id_)
        told = f"Not carried out: {refused.detail}. {NOTHING_CHANGED}"
        label = REFUSED if refused.reason is FORM else NOT_SENT
        try:
            if await self._actions.runs.is_untouched(run):
                await self._actions.report(run, Failed(message=told, label=label))
        except httpx.HTTPError as error:
            logger.warning(f"Port could not be asked for run {id_}: {error!r}")

    def _check(self, body: bytes, time: str | None, signature: str) -> None:
        """Raise Refused for what Port did not sign, or not now, or that was here."""
        now = datetime.now(UTC)
        try:
            check_dated(self._secret, body, time, signature, now)
        except Stale as error:
            raise Refused(AGE, str(error)) from None
        except NotGenuine:
            raise Refused(GENUINE) from None
        too_old = now - 2 * MAX_INVOCATION_AGE - timedelta(seconds=1)
        self._known = {k: at for k, at in self._known.items() if at > too_old}
        if signature in self._known:
            raise Refused(REPEATED)
        self._known[signature] = now

    async def _take(self, run: DoorRun, signature: str) -> None:
        """Mark a run as taken; raise Refused if it is not to be done any more.

        That also stops a replay after a restart, of which the signature is forgotten.
        """
        try:
            if not await self._actions.runs.is_untouched(run):
                raise Refused(REPEATED)
            await self._actions.runs.take(run)
            if not await self._actions.runs.is_first(run):
                raise Refused(REPEATED)
        except httpx.HTTPError as error:
            logger.warning(f"Port could not be asked for run {run.id}: {error!r}")
            self._known.pop(signature, None)  # so it may be posted again
            raise Refused(BUSY) from None

    def _start(self, run: DoorRun) -> None:
        if self._context is None:
            self._context = contextvars.copy_context()
            self._context.run(self._actions.runs.open_client)
        context = self._context.copy()
        task = asyncio.create_task(self._carry_out(run), context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, run: DoorRun) -> None:
        """Carry a run out when its turn comes; if that takes too long, say so.

        Another process would take it for left behind.
        """
        with self._actions.at_work(run):
            try:
                async with asyncio.timeout(self._actions.patience_seconds):
                    await self._places.acquire()
            except TimeoutError:
                told = f"Too many actions wait: start it again later. {NOTHING_CHANGED}"
                await self._actions.report(run, Failed(message=told, label=NOT_SENT))
                return
            try:
                await self._executors[run.action_type].execute(run)
            finally:
                self._places.release()
