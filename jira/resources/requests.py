"""Requests of Jira Service Management: issues with a request type and SLAs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from core.api import Api
from core.trouble import Missing, with_values
from core.types import Item
from jira.jql import both
from jira.kinds import JiraKind
from jira.resources.issues import add_to_issue, first_value, issue_jql, searched
from jira.resources.site import (
    REQUEST_TYPE_FIELD,
    SLA_FIELD,
    Fields,
    check_service_management,
    try_fields,
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
    fields = await try_fields(api)
    requests = await add_to_issue(api, issues, selector)
    return [with_values(r, _service_parts(r, fields)) for r in requests]


def _service_parts(request: Item, site: Fields | Missing) -> Item:
    if isinstance(site, Missing):
        return {"__requestType": site, "__slas": site}
    fields, slas = request.get("fields") or {}, site.of_type(SLA_FIELD)
    return {
        "__requestType": first_value(fields, site.of_type(REQUEST_TYPE_FIELD)),
        "__slas": {name: fields.get(id_) for id_, name in slas.items()},
    }


BY_SEARCH = searched(JiraKind.REQUEST, request_jql, enrich=add_to_request)

# https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/
REQUEST = replace(BY_SEARCH, list_with=list_requests)
