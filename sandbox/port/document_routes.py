"""The routes of pages, scorecards and actions.

https://docs.port.io/api-reference/port-api/
"""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.port.documents import (
    change,
    keep,
    page_problems,
    position,
    scorecard_problems,
)
from sandbox.port.model import Item
from sandbox.port.wire import Routes, Row, ok, read_json

PAGES, ACTIONS = "pages", "actions"
_PAGE = "/v1/pages/{page}"
_ACTION = "/v1/actions/{action}"
_CARDS = "/v1/blueprints/{blueprint}/scorecards"


class DocumentRoutes(Routes):
    """Serve the pages, scorecards and actions of a state."""

    def _rows(self) -> tuple[Row, ...]:
        return (
            ("POST", "/v1/pages", self._create_page),
            ("GET", "/v1/pages", self._list_pages),
            ("GET", _PAGE, self._get_page),
            ("PATCH", _PAGE, self._patch_page),
            ("POST", _CARDS, self._create_card),
            ("GET", _CARDS, self._list_cards),
            ("PUT", _CARDS + "/{card}", self._put_card),
            ("POST", "/v1/actions", self._create_action),
            ("GET", _ACTION, self._get_action),
            ("PUT", _ACTION, self._put_action),
        )

    def _kept(self, where: str) -> list[Item]:
        return self._state.documents.setdefault(where, [])

    def _cards_of(self, blueprint: str) -> list[Item]:
        return self._kept(f"blueprints/{blueprint}/scorecards")

    async def _create_page(self, request: Request) -> Response:
        sent = await read_json(request, "identifier", "title", "type")
        complaints = page_problems(sent, self._store.blueprints)
        return ok(201, page=keep(self._kept(PAGES), sent, complaints))

    async def _list_pages(self) -> Response:
        return ok(pages=self._kept(PAGES))

    async def _get_page(self, page: str) -> Response:
        pages = self._kept(PAGES)
        return ok(page=pages[position(pages, page)])

    async def _patch_page(self, request: Request, page: str) -> Response:
        pages = self._kept(PAGES)
        known = pages[position(pages, page)]
        changed = {**known, **await read_json(request), "identifier": page}
        complaints = page_problems(changed, self._store.blueprints)
        return ok(page=change(pages, changed, complaints))

    async def _create_card(self, request: Request, blueprint: str) -> Response:
        sent = await read_json(request, "identifier", "title", "rules")
        complaints = scorecard_problems(sent, self._store.get_blueprint(blueprint))
        return ok(201, scorecard=keep(self._cards_of(blueprint), sent, complaints))

    async def _list_cards(self, blueprint: str) -> Response:
        self._store.get_blueprint(blueprint)
        return ok(scorecards=self._cards_of(blueprint))

    async def _put_card(self, request: Request, blueprint: str, card: str) -> Response:
        sent = {**await read_json(request, "title", "rules"), "identifier": card}
        complaints = scorecard_problems(sent, self._store.get_blueprint(blueprint))
        return ok(scorecard=change(self._cards_of(blueprint), sent, complaints))

    async def _create_action(self, request: Request) -> Response:
        self._kept(ACTIONS).append(await read_json(request, "identifier"))
        return ok(201)

    async def _get_action(self, action: str) -> Response:
        actions = self._kept(ACTIONS)
        return ok(action=actions[position(actions, action)])

    async def _put_action(self, request: Request, action: str) -> Response:
        actions = self._kept(ACTIONS)
        at = position(actions, action)
        actions[at] = await read_json(request, "identifier", "invocationMethod")
        return ok(action=actions[at])
