"""The Octopus stand-in: its parts, put together."""

from functools import partial

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.company import Company
from sandbox.contracts import Endpoint, contract
from sandbox.faults import CONTROL_PREFIX, Faults
from sandbox.octopus.lists import routes
from sandbox.octopus.replies import Problem, not_found, reply
from sandbox.octopus.server import root
from sandbox.octopus.state import OctopusState
from sandbox.serving import Answer, build_app


class OctopusSandbox(OctopusState):
    """Serve a company's Octopus as the vendor does; change attributes to vary it."""

    def __init__(
        self,
        company: Company,
        faults: Faults | None = None,
        virtual_directory: str = "",
    ) -> None:
        super().__init__(company, faults)
        self.virtual_directory = virtual_directory.rstrip("/")
        self.app = build_app(
            self,
            routes(self),
            table=contract("octopus"),
            public=("GET", "/api", partial(root, self)),
            entrance=Middleware(_VirtualDirectory, directory=self.virtual_directory),
            check=self._check,
            write=self._write,
            missing=not_found,
        )

    def _write(self, request: Request, answer: Answer) -> Response:
        """Return JSON with the headers that this server sends."""
        response = reply(answer.body, self.virtual_directory, answer.status)
        if self.rate_limit is not None:
            response.headers["Octopus-RateLimit-Policy"] = "l=200;rpm=600"
            response.headers["Octopus-RateLimit"] = self.rate_limit
        return response

    def _check(self, request: Request, row: Endpoint) -> None:
        self._check_credential(request)
        scoped = "space" in request.path_params
        self.require(row.permission, self.space_of(request) if scoped else None)

    def _check_credential(self, request: Request) -> None:
        key = request.headers.get("X-Octopus-ApiKey")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if key in self.api_keys or (
            scheme.lower() == "bearer" and token in self.bearer_tokens
        ):
            return
        if key or token:
            raise Problem(401, "The API key you provided was not valid.")
        raise Problem(
            401, "You must be logged in to request this resource. Please provide a key."
        )


class _VirtualDirectory:
    """Serve below a path, as a server behind IIS does, and nothing beside it."""

    def __init__(self, app: ASGIApp, directory: str) -> None:
        self.app = app
        self.directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(CONTROL_PREFIX):
            inside, path = self._inside(scope["path"])
            if not inside:
                await Response("not here", 404)(scope, receive, send)
                return
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)

    def _inside(self, path: str) -> tuple[bool, str]:
        inside = path.startswith(f"{self.directory}/")
        return inside, path.removeprefix(self.directory) if inside else path
