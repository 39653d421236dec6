"""A probe of the stand-in of Jira says what a resync would come to."""

from collections.abc import Callable
from typing import get_args

import httpx
import pytest
from port_ocean.core.handlers.port_app_config.validators import (
    get_kind_probe_permissions,
)
from port_ocean.core.probe import ProbeCheck

from client import ApiClient
from framework.probe import DENIED, GRANTED, UNKNOWN, Findings
from integration import JiraOctopusPortAppConfig
from jira.kinds import JiraKind
from jira.permissions import PERMISSIONS, SCOPES, SIGN_IN_SCOPES
from jira.probe import QUESTIONS, probe_jira
from jira.tokens import TokenAuth
from sandbox.jira import OAUTH_TOKEN, JiraSandbox

EVERY_PERMISSION = sorted({name for own in PERMISSIONS.values() for name in own})
EVERY_SCOPE = {scope for own in SCOPES.values() for scope in own}
OTHER_SCOPES = sorted(EVERY_SCOPE - {*SIGN_IN_SCOPES})
BOARDS = {JiraKind.BOARD, JiraKind.SPRINT, JiraKind.BACKLOG}


def by_kind(found: Findings) -> dict[str, ProbeCheck]:
    checks = {check.kind: check for check in found.checks}
    assert len(checks) == len(found.checks)
    return checks


def refused(found: Findings) -> set[str]:
    return {check.kind for check in found.checks if check.status is DENIED}


def text(check: ProbeCheck) -> str:
    assert check.message
    return check.message


async def test_every_kind_has_a_verdict(api: ApiClient) -> None:
    checks = by_kind(await probe_jira([api]))

    assert set(checks) == set(JiraKind)
    assert {check.status for check in checks.values()} == {GRANTED}
    assert all(check.message for check in checks.values())


@pytest.mark.parametrize("kind", JiraKind)
def test_every_kind_is_in_every_table(kind: JiraKind) -> None:
    assert kind in PERMISSIONS and kind in SCOPES and kind in QUESTIONS


def test_the_framework_knows_what_each_kind_needs() -> None:
    for key, table in (("permissions", PERMISSIONS), ("scopes", SCOPES)):
        known = get_kind_probe_permissions(JiraOctopusPortAppConfig, permission_key=key)

        assert {k: v for k, v in known.items() if k in [*JiraKind]} == {
            k: v for k, v in table.items() if v
        }


@pytest.mark.parametrize("permission", EVERY_PERMISSION)
async def test_a_missing_permission_is_named_for_every_kind_that_needs_it(
    site: JiraSandbox, api: ApiClient, permission: str
) -> None:
    kinds = {kind for kind in JiraKind if permission in PERMISSIONS[kind]}
    site.revoked = {permission}

    found = await probe_jira([api])

    assert kinds
    assert refused(found) == kinds
    assert {text(by_kind(found)[kind]) for kind in kinds} == {
        f"Missing permission(s): {permission}"
    }


async def test_a_refusal_counts_even_if_the_permission_is_reported(
    site: JiraSandbox, api: ApiClient
) -> None:
    body = {"errorMessages": ["Not for you."]}
    site.faults.add(path="users/search", status=403, body=body, times=None)

    found = await probe_jira([api])

    assert refused(found) == {JiraKind.USER}
    message = text(by_kind(found)[JiraKind.USER])
    assert "USER_PICKER" in message and "Not for you." in message


@pytest.mark.parametrize("status", [500, 503])
async def test_trouble_with_a_list_is_unknown_and_not_refused(
    site: JiraSandbox, api: ApiClient, status: int
) -> None:
    site.faults.add(path="agile/1.0/board", status=status, times=None)

    found = await probe_jira([api])

    unsure = {check.kind for check in found.checks if check.status is UNKNOWN}
    assert (unsure, refused(found)) == (BOARDS, set())
    assert str(status) in text(by_kind(found)[JiraKind.BOARD])


async def test_unreadable_permissions_leave_what_needs_them_unknown(
    site: JiraSandbox, api: ApiClient
) -> None:
    site.faults.add(path="mypermissions", status=503, times=None)

    found = await probe_jira([api])

    statuses = {check.kind: check.status for check in found.checks}
    assert statuses.pop(JiraKind.TEAM) is GRANTED
    assert statuses.pop(JiraKind.FILTER) is GRANTED
    assert set(statuses.values()) == {UNKNOWN}
    assert "Live events of Jira: unknown." in "\n".join(found.lines)


async def test_a_permission_that_jira_does_not_report_is_unknown(
    site: JiraSandbox, api: ApiClient
) -> None:
    body: dict[str, object] = {"permissions": {}}
    site.faults.add(path="mypermissions", status=200, body=body, times=None)

    check = by_kind(await probe_jira([api]))[JiraKind.ISSUE]

    assert check.status is UNKNOWN
    assert "BROWSE_PROJECTS" in text(check)


async def test_a_wrong_credential_refuses_every_kind(
    connect: Callable[..., ApiClient],
) -> None:
    api = connect(httpx.BasicAuth("nobody@webshop.example", "expired"))

    found = await probe_jira([api])

    assert refused(found) == set(JiraKind)
    assert found.failed
    assert "check atlassianUserEmail" in found.lines[0]


async def test_a_site_that_is_down_refuses_nothing(
    site: JiraSandbox, api: ApiClient
) -> None:
    site.faults.add(status=503, times=None)

    found = await probe_jira([api])

    assert {check.status for check in found.checks} == {UNKNOWN}
    assert found.failed
    assert site.faults.total == 1  # nobody waits for a minute of retries


async def test_a_product_without_settings_is_not_refused() -> None:
    found = await probe_jira([])

    assert {check.status for check in found.checks} == {UNKNOWN}
    assert {check.kind for check in found.checks} == set(JiraKind)
    assert found.lines == ["Jira is not set up."]


async def test_teams_need_the_organization(api: ApiClient) -> None:
    del api.facts["organizationId"]

    found = await probe_jira([api])

    assert refused(found) == {JiraKind.TEAM}
    assert "atlassianOrganizationId" in text(by_kind(found)[JiraKind.TEAM])


async def test_a_foreign_organization_is_refused(api: ApiClient) -> None:
    api.facts["organizationId"] = "another"

    assert refused(await probe_jira([api])) == {JiraKind.TEAM}


async def test_requests_need_service_management(
    site: JiraSandbox, api: ApiClient
) -> None:
    site.has_service_management = False

    found = await probe_jira([api])

    assert refused(found) == {JiraKind.REQUEST}
    assert "Jira Service Management" in text(by_kind(found)[JiraKind.REQUEST])


@pytest.mark.parametrize("scope", SIGN_IN_SCOPES)
async def test_a_scope_that_the_sign_in_needs_is_named_for_every_kind(
    site: JiraSandbox, api: ApiClient, scope: str
) -> None:
    site.token_has_scopes = True
    site.missing_scopes = {scope}

    found = await probe_jira([api])

    assert refused(found) == set(JiraKind)
    assert scope in found.lines[0]
    assert all(scope in text(check) for check in found.checks)


@pytest.mark.parametrize("scope", OTHER_SCOPES)
async def test_a_missing_scope_is_named(
    site: JiraSandbox, api: ApiClient, scope: str
) -> None:
    site.token_has_scopes = True
    site.missing_scopes = {scope}

    found = await probe_jira([api])

    concerned = {kind for kind in JiraKind if scope in SCOPES[kind]}
    # Single items of these take more scopes than lists.
    if scope == "read:issue-details:jira":
        concerned = {JiraKind.BACKLOG}
    elif scope == "read:jira-work":
        concerned -= {JiraKind.BACKLOG}
    assert refused(found) == concerned | {JiraKind.TEAM}
    assert all(scope in text(by_kind(found)[kind]) for kind in concerned)


@pytest.mark.parametrize(
    ("scopes", "auth", "told"),
    [
        (False, None, "on the site with atlassianUserEmail and atlassianUserToken (a"),
        (True, None, "on the gateway with atlassianUserEmail and atlassianUserToken"),
        (False, TokenAuth(lambda: OAUTH_TOKEN), "(OAuth)"),
    ],
)
async def test_the_way_of_signing_in_is_reported(
    site: JiraSandbox,
    connect: Callable[..., ApiClient],
    scopes: bool,
    auth: httpx.Auth | None,
    told: str,
) -> None:
    site.token_has_scopes = scopes

    found = await probe_jira([connect(auth)])

    assert told in found.lines[0]
    assert "6 projects are visible" in found.lines[0]
    through_gateway = scopes or auth is not None
    assert refused(found) == ({JiraKind.TEAM} if through_gateway else set())
    assert ("by hand" in found.lines[1]) == through_gateway


async def test_live_events_need_administer_jira(
    site: JiraSandbox, api: ApiClient
) -> None:
    good = await probe_jira([api])
    site.revoked = {"ADMINISTER"}
    bad = await probe_jira([api])

    assert "can be registered" in good.lines[1]
    assert "can't be registered. Missing permission(s): ADMINISTER" in bad.lines[1]
    assert refused(bad) == set()


async def test_a_kanban_board_says_nothing_about_sprints(
    site: JiraSandbox, api: ApiClient
) -> None:
    boards = site.collections["board"]
    for id_ in [i for i, board in boards.items() if board.get("type") != "kanban"]:
        site.delete("board", id_)
    assert boards

    assert refused(await probe_jira([api])) == set()


def test_kinds_of_the_enum_and_of_the_config_are_the_same() -> None:
    (union,) = get_args(JiraOctopusPortAppConfig.__fields__["resources"].outer_type_)
    own = [c for c in get_args(union) if c.__module__.startswith("jira.")]

    assert len(own) == len(JiraKind)
    assert all(set(c.probe_permissions) == {"permissions", "scopes"} for c in own)
