"""The routes of the contract table, with a handler for each."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from starlette.requests import Request

from sandbox.contracts import Endpoint, contract
from sandbox.jira.replies import Problem, page
from sandbox.jira.sign_in import is_anonymous
from sandbox.jira.state import JiraState
from sandbox.jira.table import ANSWERS, Listing, Single
from sandbox.serving import Handler, Row


def routes(state: JiraState) -> Iterator[Row]:
    """Yield method, path and handler of each row that has an answer."""
    for row in contract("jira").endpoints:
        if answer := ANSWERS.get(f"{row.method} {row.path}"):
            yield row.method, f"/{row.path}", _handler(state, row, answer)


def _handler(state: JiraState, row: Endpoint, answer: Any) -> Handler:
    if isinstance(answer, Listing):
        return partial(_page, state, row, answer)
    if isinstance(answer, Single):
        return partial(_one, state, answer)
    return partial(answer, state)


async def _page(
    state: JiraState, row: Endpoint, listing: Listing, request: Request
) -> Any:
    rows = [] if is_anonymous(request) else listing.rows(state, request)
    return page(request, rows, row, lambda item: listing.show(item, state, request))


async def _one(state: JiraState, single: Single, request: Request) -> Any:
    item = None if is_anonymous(request) else single.find(state, request)
    if item is None:
        wanted = next(iter(request.path_params.values()), "")
        raise Problem(single.missing_status, single.missing.format(id=wanted))
    return single.show(item, state, request)
