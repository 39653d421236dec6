"""Write entities to Port, and learn what it refuses and why.

The framework's own client only logs that, takes a refused single entity for written,
and gives a whole batch up if its one request fails.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

import httpx
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.mixins.entities import EntityClientMixin
from port_ocean.clients.port.types import RequestOptions, UserAgentType
from port_ocean.core.models import BulkUpsertResponse, Entity, PortAPIErrorMessage

from core.trouble import ODD_FORM
from core.types import Item
from framework.resync_run import Key, key_of

# Replies that say nothing about the entities of a request.
PASSING = {401, 403, 408, 409, 425, 429}
# How Port names what it does not have, in a reply with status 404.
NOT_FOUND = PortAPIErrorMessage.NOT_FOUND.value
# Before a failed batch is sent for the second time.
PAUSE_SECONDS = 1.0
# When so many entities in a row got no answer, Port is down: the others wait, too.
MAX_UNANSWERED = 3
# Port's messages quote the rules of a whole property now and then.
MAX_REASON_LENGTH = 300
UNMET = "404: its blueprint or an entity that it refers to does not exist"
NO_BLUEPRINT = "404: its blueprint does not exist"

# Whether Port took an entity, None for one that it finds by a search; and the entity.
type Results = list[tuple[bool | None, Entity]]


class PortWriter(EntityClientMixin):
    """Upserts entities with the connection of another client of Port's."""

    def __init__(self, port: PortClient) -> None:
        super().__init__(port.auth, port.client)
        self.refused: dict[Key, str] = {}
        # Of these, what refers to entities that do not exist yet.
        self.unmet: set[Key] = set()
        # Of these, what Port gave no answer about.
        self.unanswered: set[Key] = set()

    @property
    def final(self) -> set[Key]:
        """Return what Port refuses for good."""
        return self.refused.keys() - self.unmet - self.unanswered

    async def upsert_entities_bulk(
        self,
        blueprint: str,
        entities: list[Entity],
        request_options: RequestOptions,
        user_agent_type: UserAgentType | None = None,
        should_raise: bool = True,
    ) -> Results | httpx.HTTPStatusError:
        """Upsert a batch; if its request fails twice, upsert entity by entity.

        Raises nothing: `refused` has what was not taken.
        """
        base = super().upsert_entities_bulk
        send = partial(base, blueprint, entities, request_options, user_agent_type)
        result = await _outcome(send)
        if isinstance(result, Exception) and await self._is_absent(blueprint, result):
            self._lack(entities, NO_BLUEPRINT)
            return [(False, self._reduce_entity(entity)) for entity in entities]
        if isinstance(result, Exception) and not _is_too_large(result):
            await asyncio.sleep(PAUSE_SECONDS)
            result = await _outcome(send)
        if not isinstance(result, Exception):
            return result
        if len(entities) == 1 and not _is_final(result):
            self._fail(entities, result)
            return [(False, self._reduce_entity(entity)) for entity in entities]
        return await self._one_by_one(
            entities, request_options, user_agent_type, result
        )

    async def _one_by_one(
        self,
        entities: list[Entity],
        options: RequestOptions,
        agent: UserAgentType | None,
        failure: Exception,
    ) -> Results:
        """Upsert the entities of a batch that failed singly, unless Port is down."""
        results: Results = []
        unanswered = 0
        for number, entity in enumerate(entities):
            try:
                result = await self.upsert_entity(entity, options, agent)
                unanswered = 0
            except (httpx.HTTPError, *ODD_FORM) as error:
                result = False
                unanswered = 0 if _is_final(error) else unanswered + 1
                if unanswered == MAX_UNANSWERED:
                    why = error if _is_final(failure) else failure
                    self._fail(entities[number + 1 - MAX_UNANSWERED :], why)
                    rest = map(self._reduce_entity, entities[number:])
                    return [*results, *((False, one) for one in rest)]
            if isinstance(result, Entity):
                results.append((True, result))
            else:
                results.append((result, self._reduce_entity(entity)))
        return results

    async def upsert_entity(
        self,
        entity: Entity,
        request_options: RequestOptions,
        user_agent_type: UserAgentType | None = None,
        should_raise: bool = True,
    ) -> Entity | Literal[False] | None:
        """Upsert one entity; return False if Port refuses it."""
        try:
            result = await super().upsert_entity(
                entity, request_options, user_agent_type
            )
        except (httpx.HTTPError, *ODD_FORM) as error:
            self._fail([entity], error)
            if should_raise:
                raise
            return False
        if result is False:
            self._lack([entity], UNMET)
        return result

    async def _is_absent(self, blueprint: str, error: Exception) -> bool:
        """Return whether a batch failed for a blueprint that Port does not have.

        https://docs.port.io/api-reference/get-a-blueprint/
        """
        if not _is_not_found(error):
            return False
        url = f"{self.auth.api_url}/blueprints/{quote(blueprint, safe='')}"
        try:
            reply = await self.client.get(url, headers=await self.auth.headers())
            reply.raise_for_status()
        except (httpx.HTTPError, *ODD_FORM) as reason:
            return _is_not_found(reason)
        return False

    def _parse_upsert_entities_batch_response(
        self, entities: list[Entity], result: BulkUpsertResponse
    ) -> Results:
        for error in result.get("errors", []):
            reason = error.get("message") or error.get("error") or "no reason given"
            entity, status = entities[error["index"]], error.get("statusCode")
            self._refuse([entity], reason)
            if status == httpx.codes.NOT_FOUND:
                self.unmet.add(key_of(entity))
            elif status is not None and (status in PASSING or status >= 500):
                self.unanswered.add(key_of(entity))
        results: Results = super()._parse_upsert_entities_batch_response(
            entities, result
        )
        failed = (entity for is_taken, entity in results if is_taken is False)
        unnamed = [entity for entity in failed if key_of(entity) not in self.refused]
        self._refuse(unnamed, "its reply does not name it")
        self.unanswered |= {key_of(entity) for entity in unnamed}
        return results

    def _fail(self, entities: list[Entity], error: Exception) -> None:
        """Record entities whose request failed."""
        self._refuse(entities, reason_of(error))
        if not _is_final(error):
            self.unanswered |= {key_of(entity) for entity in entities}

    def _lack(self, entities: list[Entity], reason: str) -> None:
        """Record entities that need what does not exist yet."""
        self._refuse(entities, reason)
        self.unmet |= {key_of(entity) for entity in entities}

    def _refuse(self, entities: list[Entity], reason: str) -> None:
        for entity in entities:
            self.refused[key_of(entity)] = " ".join(reason.split())[:MAX_REASON_LENGTH]


async def _outcome(send: Callable[[bool], Awaitable[Any]]) -> Results | Exception:
    """Return what became of a batch, or what kept Port from taking any of it."""
    try:
        result: Results | Exception = await send(False)
    except (httpx.HTTPError, *ODD_FORM) as error:
        return error
    return result


def _is_too_large(error: Exception) -> bool:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def _is_not_found(error: Exception) -> bool:
    """Return whether it is Port that does not know something, not what is before it."""
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    is_404 = error.response.status_code == httpx.codes.NOT_FOUND
    return is_404 and _said(error.response).get("error") == NOT_FOUND


def _is_final(error: Exception) -> bool:
    """Return whether Port has answered, and would give the same answer again."""
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    status = error.response.status_code
    return 400 <= status < 500 and status not in PASSING


def reason_of(error: Any) -> str:
    """Return what Port says in an error reply, or what kept it from replying."""
    if not isinstance(error, httpx.HTTPStatusError):
        what = "no reply" if isinstance(error, httpx.HTTPError) else "an odd reply"
        return f"{what}: {type(error).__name__} {error}".strip()
    body = _said(error.response)
    said = body.get("message") or body.get("error") or ""
    return f"{error.response.status_code} {said}".strip()


def _said(reply: httpx.Response) -> Item:
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
