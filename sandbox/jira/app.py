"""The Jira stand-in: one handler for every list, and the few odd routes."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.company import Collection, Company, Item
from sandbox.company.base import milliseconds
from sandbox.control import control_routes
from sandbox.faults import FaultMiddleware, Faults
from sandbox.jira.admin import Webhooks
from sandbox.jira.groups import Groups
from sandbox.jira.index import IssueIndex
from sandbox.jira.issues import IssueView
from sandbox.jira.lists import Lists
from sandbox.jira.replies import Problem, reply
from sandbox.jira.scopes import SCOPE_MISSING, needed
from sandbox.jira.search import Search
from sandbox.jira.sign_in import GATEWAY, Gateway, bearer_of, is_signed_in
from sandbox.jira.site import Site, Tenant
from sandbox.jira.software import Software
from sandbox.jira.teams import Teams
from sandbox.jira.visibility import SERVICE_FIELDS, is_visible

EMAIL = "port-reader@webshop.example"
API_TOKEN = "sandbox-jira-api-token"
OAUTH_TOKEN = "sandbox-jira-oauth-access-token"

type Handler = Callable[[Request], Awaitable[Any]]


class JiraSandbox:
    """Serve a company's Jira as the vendor does; change attributes to vary it."""

    def __init__(
        self,
        company: Company,
        faults: Faults | None = None,
        base_url: str | None = None,
    ) -> None:
        self.company = company
        self.faults = faults or Faults()
        # The site's address in replies; by default the one that is asked.
        self.base_url = base_url
        self.email = EMAIL
        self.api_tokens = {API_TOKEN}
        self.oauth_tokens = {OAUTH_TOKEN}
        # A token with scopes works through the gateway only, another on the site only.
        self.token_has_scopes = False
        # Jira answers some reads of strangers with nothing, instead of refusing them.
        self.strangers_see_nothing = False
        self.has_service_management = True
        # Global permissions that the account lacks, such as USER_PICKER.
        self.revoked: set[str] = set()
        # Scopes that the token lacks; only the gateway asks for them.
        self.missing_scopes: set[str] = set()
        self.deleted_teams: set[str] = set()
        self.search_warnings: list[str] = []
        for name in ("webhook", "dynamic-webhook"):
            company.jira.setdefault(name, Collection())
        self.index = IssueIndex(company)
        self.groups = Groups(company)
        self.view = IssueView(company, self.groups)
        self.app = self._build_app()

    @property
    def collections(self) -> dict[str, Collection]:
        """Every collection by its name."""
        return self.company.jira

    def put(self, collection: str, id_: str, item: Item) -> None:
        """Add or replace a raw item."""
        if collection == "issue":
            self.index.put(id_, item)
        else:
            self.collections.setdefault(collection, Collection())[id_] = item

    def delete(self, collection: str, id_: str) -> Item | None:
        """Remove a raw item and return it, or None if there was none."""
        if collection == "issue":
            return self.index.delete(id_)
        if collection == "team":
            self.deleted_teams.add(id_)
        items = self.collections.get(collection, Collection())
        item: Item | None = items.pop(id_, None)
        if collection == "worklog" and item is not None:
            at = milliseconds(self.company.present())
            entry = {"worklogId": int(id_), "updatedTime": at, "properties": []}
            self.collections["deleted-worklog"][id_] = entry
        return item

    def sees(self, collection: str, item: Item) -> bool:
        """Tell whether the account may see an item."""
        if collection == "field" and not self.has_service_management:
            return item["id"] not in SERVICE_FIELDS
        return is_visible(self.company, collection, item)

    def visible(self, collection: str) -> list[Item]:
        """Return the raw items that the account may see."""
        items = self.collections[collection].values()
        return [item for item in items if self.sees(collection, item)]

    def board(self, id_: str) -> Item:
        """Return a visible board; raise Problem for others."""
        board = self.collections["board"].get(id_)
        if board is None or not self.sees("board", board):
            raise Problem(404, "Board does not exist or you cannot see it.")
        return board

    def board_type(self, board: Item) -> str:
        """Return a board's type, which private ones don't tell."""
        configuration = self.collections["board-configuration"].get(str(board["id"]))
        return str(board.get("type") or (configuration or {}).get("type", "simple"))

    def insight(self, project_id: str) -> Item:
        """Return how many issues a project has and when one last changed."""
        issues = self.groups.of("issue", project_id)
        own = [issue["fields"]["updated"] for issue in issues]
        latest = {"lastIssueUpdateTime": max(own)} if own else {}
        return {"totalIssueCount": len(own), **latest}

    def me(self) -> Item:
        """Return the account that the credential belongs to."""
        user = next(iter(self.collections["user"].values()))
        return {**user, "emailAddress": self.email, "timeZone": self.index.time_zone}

    def require(self, permission: str | None) -> None:
        """Refuse what the account may not do."""
        if permission in self.revoked:
            raise Problem(403, "You do not have permission to perform this operation.")

    def is_oauth(self, request: Request) -> bool:
        """Tell whether an app asks for a user."""
        return bearer_of(request) in self.oauth_tokens

    def through_gateway(self, request: Request) -> bool:
        """Tell whether a request came by the host that all sites share."""
        return bool(request.scope.get("gateway"))

    def is_anonymous(self, request: Request) -> bool:
        """Tell whether a request is a stranger's that was let in."""
        return bool(request.scope.get("anonymous"))

    def unauthorized(self, request: Request) -> Problem:
        """Return the answer to a bad credential."""
        if self.through_gateway(request):
            return Problem(401, body={"code": 401, "message": "Unauthorized"})
        message = "Client must be authenticated to access this resource."
        return Problem(401, body={"message": message, "status-code": 401})

    def reply(self, request: Request, body: Any, status: int = 200) -> Response:
        """Return JSON whose links lead to where we are asked."""
        site = self.base_url or str(request.base_url).rstrip("/")
        gateway = GATEWAY if self.through_gateway(request) else ""
        return reply(body, site, site + gateway, status)

    def _build_app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.add_middleware(Gateway)
        app.add_middleware(FaultMiddleware, faults=self.faults)
        routes = app.router.routes
        routes += control_routes(self, self.faults)
        tenant = self._endpoint(Tenant.info, anonymous=True)
        routes.append(Route("/_edge/tenant_info", tenant))
        for part in (Site, Search, Software, Teams, Webhooks, Lists):
            routes += [
                Route(path, self._endpoint(handler), methods=[method])
                for method, path, handler in part(self).routes()
            ]
        app.add_exception_handler(404, self._unknown)
        return app

    async def _unknown(self, request: Request, error: Exception) -> Response:
        message = f"null for uri: {request.url.path}"
        return self.reply(request, {"message": message, "status-code": 404}, 404)

    def _endpoint(self, handler: Handler, *, anonymous: bool = False) -> Any:
        """Return an endpoint that checks the credential and writes errors."""

        async def endpoint(request: Request) -> Response:
            try:
                if not anonymous:
                    self._check_credential(request)
                result = await handler(request)
            except Problem as problem:
                return self.reply(request, problem.body, problem.status)
            if isinstance(result, Response):
                return result
            return self.reply(request, result)

        return endpoint

    def _check_credential(self, request: Request) -> None:
        path = request.url.path
        if path.startswith("/rest/servicedeskapi") and not self.has_service_management:
            raise Problem(404, "Jira Service Management is not available.")
        if is_signed_in(request, self):
            if self.through_gateway(request) and needed(path) & self.missing_scopes:
                raise Problem(401, body={"code": 401, "message": SCOPE_MISSING})
            return
        if not self.strangers_see_nothing or self.through_gateway(request):
            raise self.unauthorized(request)
        request.scope["anonymous"] = True
