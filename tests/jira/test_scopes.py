"""Scopes of tokens are told for every endpoint that is called, and for no other."""

import pytest

from client import ApiClient
from core.errors import Forbidden
from core.fetch import fetch_one
from core.trouble import Report, reporting
from jira.connection import sign_in
from jira.kinds import JiraKind
from jira.permissions import CALLS, SCOPES
from jira.resources import RESOURCES
from jira.scopes import ENDPOINTS, endpoint_of
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import WITHOUT_SINGLE, read, selector

# What the sign-in asks for, whatever the kind.
SIGN_IN = {"rest/api/3/myself", "rest/api/3/serverInfo", "_edge/tenant_info"}
ON_GATEWAY = sorted(set(JiraKind) - {JiraKind.TEAM})


def called(site: JiraSandbox) -> set[str]:
    paths = {seen.path.partition("/rest/")[2] for seen in site.faults.requests}
    return {f"rest/{path}" for path in paths if path} - SIGN_IN


@pytest.mark.parametrize("kind", ON_GATEWAY)
async def test_a_kind_calls_no_more_endpoints_than_its_scopes_are_told_for(
    site: JiraSandbox, api: ApiClient, kind: JiraKind
) -> None:
    site.token_has_scopes = True
    await sign_in(api)
    first, *_ = await read(api, kind)
    if kind not in WITHOUT_SINGLE:
        await fetch_one(api, RESOURCES[kind], first, selector(kind))

    unknown = {path for path in called(site) if endpoint_of(path) not in CALLS[kind]}

    assert not unknown
    assert called(site)


async def test_the_scopes_of_a_kind_are_enough_for_it(
    site: JiraSandbox, api: ApiClient
) -> None:
    site.token_has_scopes = True
    await sign_in(api)
    every = {scope for scopes, _ in ENDPOINTS.values() for scope in scopes}
    for kind in ON_GATEWAY:
        site.missing_scopes = every - {*SCOPES[kind], "read:jira-user"}
        api.forget()
        with reporting(Report(kind)) as report:
            assert await read(api, kind)
        assert not report.troubles, kind


@pytest.mark.parametrize(
    ("kind", "scope", "lost"),
    [
        (JiraKind.BOARD, "read:board-scope.admin:jira-software", "projects of boards"),
        (JiraKind.GROUP, "read:user:jira", "numbers of members"),
        (JiraKind.GROUP, "read:avatar:jira", "numbers of members"),
    ],
)
async def test_a_scope_that_only_a_lookup_needs_costs_its_value(
    site: JiraSandbox, api: ApiClient, kind: str, scope: str, lost: str
) -> None:
    before = await read(api, kind)
    site.token_has_scopes = True
    site.missing_scopes = {scope}
    await sign_in(api)

    with reporting(Report(kind)) as report:
        found = await read(api, kind)

    assert len(found) == len(before)
    assert {trouble.value for trouble in report.troubles} == {lost}
    assert scope in report.troubles[0].reason


async def test_a_missing_scope_is_no_bad_credential(
    site: JiraSandbox, api: ApiClient
) -> None:
    site.token_has_scopes = True
    await sign_in(api)
    site.missing_scopes = {"read:jira-work"}

    with pytest.raises(Forbidden, match="The token lacks a scope of read:jira-work"):
        await read(api, JiraKind.ISSUE)
