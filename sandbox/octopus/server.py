"""What is the server's own: root document, status, the credential's user, freezes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.company.octopus.spaces import READER
from sandbox.octopus.filters import FREEZE_FILTERS, contains, one_of
from sandbox.octopus.lists import Lists, Row
from sandbox.octopus.replies import Problem, not_found, number
from sandbox.octopus.routes import (
    LISTINGS,
    MIXED_PERMISSIONS,
    SPACE_PERMISSIONS,
    SYSTEM_PERMISSIONS,
)

if TYPE_CHECKING:
    from sandbox.octopus.app import OctopusSandbox

INSTALLATION_ID = "5f0f1a52-7c5d-4a41-9a8e-3d1d7a7c0003"
CATEGORIES = (
    "Created",
    "Modified",
    "Deleted",
    "DeploymentQueued",
    "DeploymentStarted",
    "DeploymentResumed",
    "DeploymentSucceeded",
    "DeploymentFailed",
    "RunbookRunQueued",
    "RunbookRunStarted",
    "RunbookRunSucceeded",
    "RunbookRunFailed",
    "TaskCanceled",
    "ManualInterventionInterruptionRaised",
    "GuidedFailureInterruptionRaised",
    "InterruptionResponsibilityTaken",
    "InterruptionSubmitted",
    "MachineAdded",
    "MachineDeleted",
    "MachineEnabled",
    "MachineDisabled",
    "MachineHealthy",
    "MachineUnhealthy",
    "MachineUnavailable",
    "MachineHasWarnings",
    "MachineHealthChanged",
    "MachineDeploymentRelatedPropertyWasUpdated",
    "LoginSucceeded",
)
GIT_ONLY = (
    "Received a request for a version-controlled resource on a non-version control"
    " route. To access this resource, include a Git ref in the route."
)


class Server:
    """Answer what concerns the whole server, and Git runbooks."""

    def __init__(self, sandbox: "OctopusSandbox") -> None:
        self._sandbox = sandbox
        self._lists = Lists(sandbox)

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", "/api/serverstatus", self.status
        yield "GET", "/api/serverstatus/health", self.health
        yield "GET", "/api/users/me", self.me
        for prefix in ("/api", "/api/spaces/{space}", "/api/{space}"):
            yield "GET", f"{prefix}/users/{{id}}/permissions", self.permissions
        yield "GET", "/api/deploymentfreezes", self.freezes
        yield "GET", "/api/deploymentfreezes/{id}", self.freeze
        for prefix in ("/api", "/api/spaces/{space}", "/api/{space}"):
            yield "GET", f"{prefix}/events/categories", self.categories
            runbooks = f"{prefix}/projects/{{project}}"
            yield "GET", f"{runbooks}/runbooks", self.runbooks
            yield "GET", f"{runbooks}/{{ref:path}}/runbooks", self.git_runbooks
            yield "GET", f"{runbooks}/{{ref:path}}/runbooks/{{id}}", self.git_runbook

    async def root(self, request: Request) -> Any:
        """Return the document that anybody may read."""
        return {
            "Application": "Octopus Deploy",
            "Version": self._sandbox.version,
            "ApiVersion": "3.0.0",
            "InstallationId": INSTALLATION_ID,
            "IsEarlyAccessProgram": False,
            "HasLongTermSupport": False,
            "Links": {
                "Self": "/api",
                "Spaces": "/api/spaces{/id}{?skip,ids,take,partialName}",
                "CurrentUser": "/api/users/me",
                "Web": "/app",
            },
        }

    async def status(self, request: Request) -> Any:
        """Return whether the server is being maintained."""
        return {
            "IsInMaintenanceMode": self._sandbox.in_maintenance,
            "MaintenanceExpires": None,
            "IsDatabaseEncrypted": True,
            "Links": {"Self": "/api/serverstatus"},
        }

    async def health(self, request: Request) -> Any:
        """Return 418 when something is not as usual."""
        normal = not self._sandbox.in_maintenance
        body = {"IsOperatingNormally": normal, "IsCompliantWithLicense": True}
        return self._sandbox.reply(body, 200 if normal else 418)

    async def me(self, request: Request) -> Any:
        """Return the user that the credential belongs to."""
        return self._sandbox.collections["users"][READER]

    async def permissions(self, request: Request) -> Any:
        """Return what the user may do in a space, or in all, and on the server."""
        sandbox, id_ = self._sandbox, request.path_params["id"]
        if id_ not in sandbox.collections["users"]:
            raise not_found(id_)
        spaces = [s["Id"] for s in sandbox.visible("spaces")]
        if "space" in request.path_params:
            spaces = [sandbox.space_of(request)]
        granted = {
            name: [_unlimited(space) for space in spaces if sandbox.may(name, space)]
            for name in SPACE_PERMISSIONS
        }
        system = request.query_params.get("includeSystem") == "true"
        on_server = (*SYSTEM_PERMISSIONS, *MIXED_PERMISSIONS) if system else ()
        return {
            "Id": id_,
            "IsPermissionsComplete": True,
            "IsTeamsComplete": True,
            "SpacePermissions": {name: own for name, own in granted.items() if own},
            "SystemPermissions": [n for n in on_server if sandbox.may(n, None)],
            "Teams": [],
            "Links": {"Self": f"/api/users/{id_}/permissions"},
        }

    async def freezes(self, request: Request) -> Any:
        """Return freezes in their own envelope; both paging parameters are required."""
        sandbox = self._sandbox
        sandbox.require("DeploymentFreezeAdminister", None)
        for name in ("skip", "take"):
            if name not in request.query_params:
                raise Problem(400, f"The {name} field is required.")
        now = sandbox.company.now
        done = request.query_params.get("includeComplete", "false") == "true"
        rows = [
            freeze
            for freeze in sandbox.collections["deploymentfreezes"].values()
            if done or parse_time(freeze["End"]) > now
        ]
        known = {"ids": one_of("Id"), "partialName": contains(), **FREEZE_FILTERS}
        for name, fits in known.items():
            wanted = request.query_params.get(name)
            if wanted:
                rows = [r for r in rows if fits(r, wanted.split(","), sandbox.company)]
        skip, take = number(request, "skip", 0), number(request, "take", 30)
        return {"Count": len(rows), "DeploymentFreezes": rows[skip : skip + take]}

    async def freeze(self, request: Request) -> Any:
        """Return one freeze."""
        id_ = request.path_params["id"]
        freeze = self._sandbox.collections["deploymentfreezes"].get(id_)
        if freeze is None:
            raise not_found(id_)
        return freeze

    async def categories(self, request: Request) -> Any:
        """Return the names that events can have."""
        return [{"Id": name, "Name": name} for name in CATEGORIES]

    async def runbooks(self, request: Request) -> Any:
        """Return a project's runbooks in the database, or refuse for those in Git."""
        project = self._project(request)
        if _in_git(project):
            raise Problem(400, GIT_ONLY)
        listing = next(row for row in LISTINGS if row.path == "runbooks")
        rows = self._lists.selected(listing, request)
        rows = [row for row in rows if row["ProjectId"] == project["Id"]]
        return self._lists.envelope(listing, request, rows)

    async def git_runbooks(self, request: Request) -> Any:
        """Return a project's runbooks on a branch."""
        project = self._project(request)
        self._sandbox.require("RunbookView", project["SpaceId"])
        listing = next(row for row in LISTINGS if row.path == "runbooks")
        rows = [
            runbook
            for runbook in self._sandbox.collections["gitrunbooks"].values()
            if runbook["ProjectId"] == project["Id"]
            and runbook["GitRef"] == request.path_params["ref"]
        ]
        return self._lists.envelope(listing, request, rows)

    async def git_runbook(self, request: Request) -> Any:
        """Return one runbook on a branch, by its slug."""
        project, slug = self._project(request), request.path_params["id"]
        key = f"{project['Id']}/{slug}"
        runbook = self._sandbox.collections["gitrunbooks"].get(key)
        if runbook is None:
            raise not_found(slug)
        return runbook

    def _project(self, request: Request) -> dict[str, Any]:
        space_id = self._sandbox.space_of(request)
        id_ = request.path_params["project"]
        project = self._sandbox.collections["projects"].get(id_)
        if project is None or project["SpaceId"] != space_id:
            raise not_found(id_)
        return project


def _in_git(project: dict[str, Any]) -> bool:
    state = project["PersistenceSettings"].get("ConversionState", {})
    return bool(state.get("RunbooksAreInGit"))


def _unlimited(space_id: str) -> Item:
    """Return what a permission is limited to: a space, and nothing in it."""
    limits = ("Project", "Environment", "Tenant", "ProjectGroup")
    nothing: Item = {f"RestrictedTo{limit}Ids": [] for limit in limits}
    return {"SpaceId": space_id, **nothing}
