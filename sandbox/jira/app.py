"""The Jira stand-in: its parts, put together."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import Company
from sandbox.contracts import Endpoint, contract
from sandbox.faults import Faults
from sandbox.jira.lists import routes
from sandbox.jira.replies import Problem, reply
from sandbox.jira.sign_in import GATEWAY, Gateway, check_credential, through_gateway
from sandbox.jira.site import TENANT
from sandbox.jira.state import JiraState
from sandbox.serving import Answer, build_app

# What Jira says about the credential of a request:
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#response-headers
ACCOUNT, LOGIN = "X-AACCOUNTID", "X-Seraph-LoginReason"


class JiraSandbox(JiraState):
    """Serve a company's Jira as the vendor does; change attributes to vary it."""

    def __init__(
        self,
        company: Company,
        faults: Faults | None = None,
        base_url: str | None = None,
    ) -> None:
        super().__init__(company, faults)
        # The site's address in replies; by default the one that is asked.
        self.base_url = base_url
        self.app = build_app(
            self,
            routes(self),
            table=contract("jira"),
            public=TENANT,
            entrance=Middleware(Gateway),
            check=self._check,
            write=self._write,
            missing=_missing,
        )

    def _check(self, request: Request, row: Endpoint) -> None:
        check_credential(request, self)
        if row.permission in self.revoked:
            raise Problem(403, "You do not have permission to perform this operation.")

    def _write(self, request: Request, answer: Answer) -> Response:
        """Return JSON whose links lead to where we are asked."""
        site = self.base_url or str(request.base_url).rstrip("/")
        gateway = GATEWAY if through_gateway(request) else ""
        response = reply(answer.body, site, site + gateway, answer.status)
        # Nobody asks who it is where anybody may ask.
        match request.scope.get("known"):
            case True:
                response.headers[ACCOUNT] = self.me()["accountId"]
            case False if request.headers.get("Authorization"):
                response.headers[LOGIN] = "AUTHENTICATED_FAILED"
        return response


def _missing(path: str) -> Problem:
    body = {"message": f"null for uri: {path}", "status-code": 404}
    return Problem(404, body=body)
