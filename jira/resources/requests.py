"""Requests of Jira Service Management: issues with a request type and SLAs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from core.types import Api, Item
from jira.jql import both
from jira.kinds import JiraKind
from jira.resources.issues import add_to_issue, issue_jql, searched
from jira.resources.site import (
    REQUEST_TYPE_FIELD,
    SLA_FIELD,
    check_service_management,
    fields_of_type,
)
from jira.selectors import IssueSelector

REQUESTS = "projectType = service_desk"


def request_jql(selector: IssueSelector) -> str:
    """Return JQL for the service requests, which the service API would hide by role."""
    return both(REQUESTS, issue_jql(selector))


async def list_requests(
    api: Api, selector: IssueSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield service requests; raise NotAvailable on a site without the product."""
    await check_service_management(api)
    assert BY_SEARCH.list_with is not None
    async with aclosing(BY_SEARCH.list_with(api, selector, parent)) as pages:
        async for page in pages:
            yield page


async def add_to_request(
    api: Api, issues: list[Item], selector: IssueSelector
) -> list[Item]:
    """Add what issues have, and `__requestType`, and `__slas` by their names."""
    types = await fields_of_type(api, REQUEST_TYPE_FIELD)
    slas = await fields_of_type(api, SLA_FIELD)
    requests = await add_to_issue(api, issues, selector)
    return [_with_service_parts(request, types, slas) for request in requests]


def _with_service_parts(
    request: Item, types: dict[str, str], slas: dict[str, str]
) -> Item:
    fields = request.get("fields") or {}
    found = (fields[id_] for id_ in types if fields.get(id_))
    return {
        **request,
        "__requestType": next(found, None),
        "__slas": {name: fields.get(id_) for id_, name in slas.items()},
    }


BY_SEARCH = searched(JiraKind.REQUEST, request_jql, enrich=add_to_request)

# https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/
REQUEST = replace(BY_SEARCH, list_with=list_requests)
