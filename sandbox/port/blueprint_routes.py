"""The routes of blueprints.

https://docs.port.io/api-reference/port-api/
"""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.port.model import Rejected
from sandbox.port.wire import Routes, Row, is_true, ok, read_json

_ONE = "/v1/blueprints/{blueprint}"


class BlueprintRoutes(Routes):
    """Serve the blueprints of a state."""

    def _rows(self) -> tuple[Row, ...]:
        return (
            ("POST", "/v1/blueprints", self._create),
            ("GET", "/v1/blueprints", self._list),
            ("GET", _ONE, self._get),
            ("PATCH", _ONE, self._patch),
            ("PUT", _ONE, self._put),
            ("DELETE", _ONE, self._delete),
            ("DELETE", _ONE + "/all-entities", self._delete_all),
            ("GET", "/v1/migrations/{id}", self._get_migration),
        )

    async def _create(self, request: Request) -> Response:
        sent = await read_json(request, "identifier")
        if sent["identifier"] in self._store.blueprints:
            message = f"there is a blueprint {sent['identifier']!r}"
            raise Rejected(409, "identifier_taken", message)
        return ok(201, blueprint=self._store.put_blueprint(sent))

    async def _list(self) -> Response:
        return ok(blueprints=list(self._store.blueprints.values()))

    async def _get(self, blueprint: str) -> Response:
        return ok(blueprint=self._store.get_blueprint(blueprint))

    async def _patch(self, request: Request, blueprint: str) -> Response:
        known = self._store.get_blueprint(blueprint)
        changed = {**known, **await read_json(request), "identifier": blueprint}
        return ok(blueprint=self._store.put_blueprint(changed))

    async def _put(self, request: Request, blueprint: str) -> Response:
        self._store.get_blueprint(blueprint)
        changed = {**await read_json(request), "identifier": blueprint}
        return ok(blueprint=self._store.put_blueprint(changed))

    async def _delete(self, blueprint: str) -> Response:
        self._store.delete_blueprint(blueprint)
        return ok()

    async def _delete_all(self, request: Request, blueprint: str) -> Response:
        self._store.delete_all(blueprint)
        if is_true(request, "delete_blueprint"):
            self._store.delete_blueprint(blueprint)
        return ok(migrationId=blueprint)

    async def _get_migration(self, id: str) -> Response:
        """Tell that a migration is done: here it is before anyone can ask."""
        done = {"id": id, "actor": "sandbox", "sourceBlueprint": id, "mapping": {}}
        return ok(migration={**done, "status": "COMPLETED"})
