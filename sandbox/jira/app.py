"""The Jira stand-in: the routes of the contract table, with a handler for each."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import Company
from sandbox.contracts import Endpoint, contract
from sandbox.jira.replies import Problem, page, reply
from sandbox.jira.sign_in import (
    GATEWAY,
    Gateway,
    check_credential,
    is_anonymous,
    through_gateway,
)
from sandbox.jira.site import TENANT
from sandbox.jira.state import JiraState
from sandbox.jira.table import ANSWERS, Listing, Single
from sandbox.serving import Answer, Handler, Row, build_app

# What Jira says about the credential of a request:
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#response-headers
ACCOUNT, LOGIN = "X-AACCOUNTID", "X-Seraph-LoginReason"


class JiraSandbox(JiraState):
    """Serve a company's Jira as the vendor does; change attributes to vary it."""

    def __init__(self, company: Company, base_url: str) -> None:
        super().__init__(company)
        # The site's address in replies.
        self.base_url = base_url
        self.app = build_app(
            self,
            self._routes(),
            table=contract("jira"),
            public=TENANT,
            entrance=Middleware(Gateway),
            check=self._check,
            write=self._write,
            missing=_missing,
        )

    def _routes(self) -> Iterator[Row]:
        """Yield method, path and handler of each row that has an answer."""
        for row in contract("jira").endpoints:
            if answer := ANSWERS.get(f"{row.method} {row.path}"):
                yield row.method, f"/{row.path}", self._handler(row, answer)

    def _handler(self, row: Endpoint, answer: Any) -> Handler:
        if isinstance(answer, Listing):
            return partial(self._page, row, answer)
        if isinstance(answer, Single):
            return partial(self._one, answer)
        return partial(answer, self)

    async def _page(self, row: Endpoint, listing: Listing, request: Request) -> Any:
        rows = [] if is_anonymous(request) else listing.rows(self, request)
        return page(request, rows, row, lambda item: listing.show(item, self, request))

    async def _one(self, single: Single, request: Request) -> Any:
        item = None if is_anonymous(request) else single.find(self, request)
        if item is None:
            wanted = next(iter(request.path_params.values()), "")
            raise Problem(single.missing_status, single.missing.format(id=wanted))
        return single.show(item, self, request)

    def _check(self, request: Request, row: Endpoint) -> None:
        check_credential(request, self)
        if row.permission in self.revoked:
            raise Problem(403, "You do not have permission to perform this operation.")

    def _write(self, request: Request, answer: Answer) -> Response:
        """Return JSON whose links lead to where we are asked."""
        gateway = GATEWAY if through_gateway(request) else ""
        response = reply(answer, self.base_url, self.base_url + gateway)
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
