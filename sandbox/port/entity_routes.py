"""The routes of entities.

https://docs.port.io/api-reference/port-api/
"""

from collections.abc import Callable, Iterable
from itertools import islice

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.port.model import Item, Rejected, refuse
from sandbox.port.store import Options
from sandbox.port.wire import Routes, Row, is_true, ok, read_json

MAX_ENTITIES_PER_BULK = 20
MAX_DELETES_PER_BULK = 100
SEARCH_PAGE = 200
_BLUEPRINT = "/v1/blueprints/{blueprint}"
_ENTITY = _BLUEPRINT + "/entities/{identifier:path}"
# What reconciliation needs to know of an entity.
_LEAN = ["identifier", "blueprint", "title", "relations", "updatedAt"]


class EntityRoutes(Routes):
    """Serve the entities of a state."""

    def _rows(self) -> tuple[Row, ...]:
        entities = _BLUEPRINT + "/entities"
        by_source = "/v1/blueprints/entities/datasource-entities"
        return (
            ("POST", by_source, self._list_of_source),
            ("POST", entities, self._upsert),
            ("GET", entities, self._list),
            ("POST", entities + "/bulk", self._upsert_bulk),
            ("POST", entities + "/search", self._search_one),
            ("POST", _BLUEPRINT + "/bulk/entities/delete", self._delete_bulk),
            ("GET", _ENTITY, self._get),
            ("PATCH", _ENTITY, self._change),
            ("DELETE", _ENTITY, self._delete),
            ("POST", "/v1/entities/search", self._search),
        )

    async def _upsert(self, request: Request, blueprint: str) -> Response:
        sent = await read_json(request, "identifier")
        known = self._store.entities.get(blueprint, {})
        if not is_true(request, "upsert") and str(sent["identifier"]) in known:
            message = f"there is a {blueprint} {sent['identifier']!r}"
            raise Rejected(409, "identifier_taken", message)
        return self._save(request, blueprint, sent)

    async def _change(
        self, request: Request, blueprint: str, identifier: str
    ) -> Response:
        self._store.get(blueprint, identifier)
        sent = {**await read_json(request), "identifier": identifier}
        return self._save(request, blueprint, sent)

    def _save(self, request: Request, blueprint: str, sent: Item) -> Response:
        options = _options(request, merge=request.method == "PATCH")
        entity, new = self._store.upsert(blueprint, sent, _source(request), options)
        return ok(201 if new else 200, entity=public(entity))

    async def _upsert_bulk(self, request: Request, blueprint: str) -> Response:
        """Upsert what can be upserted and name the others by their place."""
        sent = (await read_json(request, "entities"))["entities"]
        refuse(_too_many(sent, MAX_ENTITIES_PER_BULK))
        self._store.get_blueprint(blueprint)
        source, options = _source(request), _options(request)
        done: list[Item] = []
        failed: list[Item] = []
        for index, entity in enumerate(sent):
            given = entity.get("identifier")
            # A search that found nothing leaves no identifier to name.
            name = given if isinstance(given, str) else "unknown"
            try:
                saved, new = self._store.upsert(blueprint, entity, source, options)
            except Rejected as error:
                reason = {**error.body(), "statusCode": error.status}
                del reason["ok"]
                failed.append({"index": index, "identifier": name, **reason})
            else:
                name = saved["identifier"]
                done.append({"index": index, "identifier": name, "created": new})
        status = 207 if failed else 200
        body = {"ok": not failed, "entities": done, "errors": failed}
        return JSONResponse(body, status)

    async def _get(self, blueprint: str, identifier: str) -> Response:
        return ok(entity=self._shown(self._store.get(blueprint, identifier)))

    async def _list(self, request: Request, blueprint: str) -> Response:
        self._store.get_blueprint(blueprint)
        found = self._store.entities[blueprint].values()
        return ok(entities=self._narrowed(request, found))

    async def _search(self, request: Request) -> Response:
        query = await read_json(request, "combinator", "rules")
        found = self._store.search(query)
        matching = list(dict.fromkeys(entity["blueprint"] for entity in found))
        entities = self._narrowed(request, found)
        return ok(matchingBlueprints=matching, entities=entities)

    async def _search_one(self, request: Request, blueprint: str) -> Response:
        """Return a page of the entities of one blueprint."""
        self._store.get_blueprint(blueprint)
        sent = await read_json(request)
        query = sent.get("query") or {"combinator": "and", "rules": []}
        found = sorted(self._store.search(query, blueprint), key=position)
        page, next_ = page_of(found, sent, default=SEARCH_PAGE)
        show = narrowing(sent.get("include"))
        return ok(entities=[show(self._shown(e)) for e in page], next=next_)

    async def _list_of_source(self, request: Request) -> Response:
        sent = await read_json(request, "datasource_prefix", "datasource_suffix")
        prefix, suffix = sent["datasource_prefix"], sent["datasource_suffix"]
        found = self._store.of_source(prefix, suffix, sent.get("before"))
        page, next_ = page_of(found, sent, default=SEARCH_PAGE)
        return ok(entities=list(map(narrowing(_LEAN), page)), next=next_)

    async def _delete(
        self, request: Request, blueprint: str, identifier: str
    ) -> Response:
        dependents = is_true(request, "delete_dependents")
        self._store.delete(blueprint, identifier, dependents=dependents)
        return ok()

    async def _delete_bulk(self, request: Request, blueprint: str) -> Response:
        """Delete all, or nothing if something else needs one of them.

        What is gone already is taken for no error.
        https://docs.port.io/api-reference/delete-multiple-entities
        """
        sent = (await read_json(request, "entities"))["entities"]
        refuse(_too_many(sent, MAX_DELETES_PER_BULK))
        known = self._store.entities.get(blueprint, {})
        dependents = is_true(request, "delete_dependents")
        doomed = [identifier for identifier in sent if identifier in known]
        for identifier in doomed if not dependents else ():
            self._store.check_unneeded(blueprint, identifier)
        for identifier in doomed:
            if identifier in known:  # unless it went with another one
                self._store.delete(blueprint, identifier, dependents=dependents)
        return ok(deletedEntities=doomed)

    def _shown(self, entity: Item) -> Item:
        return public(self._store.calculator.shown(entity))

    def _narrowed(self, request: Request, entities: Iterable[Item]) -> list[Item]:
        stored_only = is_true(request, "exclude_calculated_properties")
        show = narrowing(request.query_params.getlist("include"))
        complete = public if stored_only else self._shown
        return [show(complete(entity)) for entity in entities]


def _too_many(sent: list[object], limit: int) -> Iterable[str]:
    if len(sent) > limit:
        yield f"entities must not have more than {limit} items"


def _source(request: Request) -> str:
    return request.headers.get("User-Agent", "")


def _options(request: Request, *, merge: bool = False) -> Options:
    return Options(
        merge=merge or is_true(request, "merge"),
        create_missing=is_true(request, "create_missing_related_entities"),
        validation_only=is_true(request, "validation_only"),
    )


def public(entity: Item) -> Item:
    """Return the entity without what only the stand-in needs."""
    return {name: value for name, value in entity.items() if name[0] != "_"}


def narrowing(include: list[str] | None) -> Callable[[Item], Item]:
    """Return what cuts an entity down to the wanted parts; a missing one is null."""
    if not include:
        return lambda entity: entity
    paths = [wanted.partition(".") for wanted in include]

    def show(entity: Item) -> Item:
        shown: Item = {}
        for part, _, name in paths:
            if name:
                shown.setdefault(part, {})[name] = entity[part].get(name)
            else:
                shown[part] = entity.get(part)
        return shown

    return show


def position(entity: Item) -> tuple[str, int]:
    """Return the place of an entity in the catalog, which lasts as long as it does."""
    return entity["blueprint"], entity["_number"]


def page_of(
    found: Iterable[Item], sent: Item, *, default: int
) -> tuple[list[Item], str | None]:
    """Return one page of what is in the order of places, and where the next starts."""
    name, _, number = (sent.get("from") or "/-1").rpartition("/")
    start = (name, int(number))
    limit = int(sent.get("limit") or default)
    page = list(islice((e for e in found if position(e) > start), limit + 1))
    if len(page) <= limit:
        return page, None
    name, last = position(page[limit - 1])
    return page[:limit], f"{name}/{last}"
