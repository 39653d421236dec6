"""A probe of the stand-in of Octopus says what a resync would come to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from port_ocean.core.handlers.port_app_config.validators import (
    get_kind_probe_permissions,
)
from port_ocean.core.probe import ProbeCheck

from client import ApiClient, HeaderAuth
from core.errors import Unavailable
from core.fetch import fetch_all
from core.types import Item
from framework.probe import DENIED, GRANTED, UNKNOWN, Findings
from integration import JiraOctopusPortAppConfig
from octopus.kinds import OctopusKind
from octopus.permissions import OF_SERVER, PERMISSIONS, SUBSCRIBE, WATCH
from octopus.probe import probe_octopus
from octopus.resources import RESOURCES
from octopus.tokens import ExchangedTokenAuth
from octopus.verdicts import (
    IN_SPACE,
    LIVE_EVENTS,
    verdict_on_server,
    verdicts_in,
)
from sandbox.octopus import OctopusSandbox
from sandbox.octopus.listings import SPACE_PERMISSIONS, SYSTEM_PERMISSIONS

SECRET = "secret"
EVERYTHING = {*SPACE_PERMISSIONS, *SYSTEM_PERMISSIONS}
NEEDED_IN_SPACE = sorted({name for kind in IN_SPACE for name in PERMISSIONS[kind]})
# Without the spaces themselves, nothing in them is found: that is another test.
NEEDED_ON_SERVER = [k for k in OF_SERVER if PERMISSIONS[k] and k != OctopusKind.SPACE]


def refused(found: Findings) -> set[tuple[str, str]]:
    """Return kind and space id ("" for the server) of what was denied."""
    return {
        (check.kind, str(check.scopes.get("spaceId", "")))
        for check in found.checks
        if check.status is DENIED
    }


def statuses(found: Findings) -> set[object]:
    return {check.status for check in found.checks}


def about(found: Findings, kind: str, space: str = "") -> ProbeCheck:
    (check,) = (
        check
        for check in found.checks
        if (check.kind, check.scopes.get("spaceId", "")) == (kind, space)
    )
    return check


def live_events(found: Findings, about: str = "can be registered") -> str:
    (line,) = (
        line for line in found.lines if f"events of Octopus Deploy: {about}" in line
    )
    return line


async def test_every_kind_has_a_verdict_in_every_space(
    server: OctopusSandbox, api: ApiClient
) -> None:
    found = await probe_octopus([(api, SECRET)])

    spaces = [space["Id"] for space in server.visible("spaces")]
    expected = {(kind, space) for kind in IN_SPACE for space in spaces}
    expected |= {(kind, "") for kind in OF_SERVER}
    made = [(check.kind, check.scopes.get("spaceId", "")) for check in found.checks]
    assert (set(made), len(made)) == (expected, len(expected))
    assert {kind for kind, _ in made} == {*OctopusKind}
    assert statuses(found) == {GRANTED}
    assert all(check.message for check in found.checks)


def test_every_kind_is_in_the_table_and_the_framework_knows() -> None:
    known = get_kind_probe_permissions(
        JiraOctopusPortAppConfig, permission_key="permissions"
    )

    assert set(PERMISSIONS) == set(OctopusKind)
    assert {k: v for k, v in known.items() if k in PERMISSIONS} == {
        k: v for k, v in PERMISSIONS.items() if v
    }


@pytest.mark.parametrize("permission", NEEDED_IN_SPACE)
async def test_a_permission_that_one_space_lacks_is_named_there(
    server: OctopusSandbox, api: ApiClient, permission: str
) -> None:
    server.revoked = {("Spaces-2", permission)}

    found = await probe_octopus([(api, SECRET)])

    concerned = {kind for kind in IN_SPACE if permission in PERMISSIONS[kind]}
    assert refused(found) == {(kind, "Spaces-2") for kind in concerned}
    for kind in concerned:
        message = about(found, kind, "Spaces-2").message
        assert message == f"Missing permission(s): {permission}"


@pytest.mark.parametrize("kind", NEEDED_ON_SERVER)
async def test_a_permission_that_the_server_lacks_is_named(
    server: OctopusSandbox, api: ApiClient, kind: OctopusKind
) -> None:
    (permission,) = PERMISSIONS[kind]
    server.revoked = {("*", permission)}

    found = await probe_octopus([(api, SECRET)])

    alike = {k for k in NEEDED_ON_SERVER if PERMISSIONS[k] == PERMISSIONS[kind]}
    assert refused(found) == {(k, "") for k in alike}
    assert about(found, kind).message == f"Missing permission(s): {permission}"


async def test_freezes_are_tried_and_a_refusal_names_the_permission(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.revoked = {("*", "DeploymentFreezeAdminister")}

    found = await probe_octopus([(api, SECRET)])

    freezes = OctopusKind.DEPLOYMENT_FREEZE
    assert refused(found) == {(freezes, "")}
    assert "DeploymentFreezeAdminister" in str(about(found, freezes).message)


async def test_a_server_without_freezes_says_so(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.faults.add(path="/api$", status=200, body={"Version": "2024.4.1"})
    server.faults.add(path="deploymentfreezes", status=404, times=None)

    check = about(await probe_octopus([(api, SECRET)]), OctopusKind.DEPLOYMENT_FREEZE)

    assert check.status is DENIED
    assert "2025.1 or newer" in str(check.message)


@pytest.mark.parametrize("version", ["2025.1.0", "2025.2.1", "2026.3.1", "?"])
async def test_a_server_that_has_freezes_is_not_said_to_be_too_old(
    server: OctopusSandbox, api: ApiClient, version: str
) -> None:
    server.faults.add(path="/api$", status=200, body={"Version": version})
    server.faults.add(
        path="deploymentfreezes", status=404, body="<h1>?</h1>", times=None
    )

    check = about(await probe_octopus([(api, SECRET)]), OctopusKind.DEPLOYMENT_FREEZE)

    assert "or newer" not in str(check.message)
    assert "404" in str(check.message)


@pytest.mark.parametrize("kind", OctopusKind)
async def test_what_the_table_names_is_enough_for_a_resync(
    server: OctopusSandbox, api: ApiClient, kind: OctopusKind
) -> None:
    # So a resync that is refused lacks one of them, and the probe says so.
    enough = {*PERMISSIONS[kind], "SpaceView"}
    if kind == OctopusKind.DEPLOYMENT_FREEZE:
        enough.add("DeploymentFreezeAdminister")  # not in the table, but tried
    server.revoked = {("*", name) for name in EVERYTHING - enough}

    batches = fetch_all(api, RESOURCES[kind], selector_of(kind))
    items = [item async for batch in batches for item in batch]
    found = await probe_octopus([(api, SECRET)])

    assert items
    assert {c.status for c in found.checks if c.kind == kind} == {GRANTED}


def selector_of(kind: str) -> Any:
    mappings = {"identifier": ".Id", "blueprint": '"x"'}
    resource = {
        "kind": kind,
        "selector": {"query": "true"},
        "port": {"entity": {"mappings": mappings}},
    }
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [resource]})
    return config.resources[0].selector


async def test_without_spaces_nothing_in_them_is_granted(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.hidden_spaces = {*server.collections["spaces"]}

    found = await probe_octopus([(api, SECRET)])

    assert refused(found) == {(kind, "") for kind in (OctopusKind.SPACE, *IN_SPACE)}
    assert about(found, OctopusKind.USER).status is UNKNOWN


async def test_unreadable_spaces_name_the_permission(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.revoked = {("*", "SpaceView")}

    found = await probe_octopus([(api, SECRET)])

    assert refused(found) == {(kind, "") for kind in (OctopusKind.SPACE, *IN_SPACE)}
    assert "Missing permission(s): SpaceView" in str(
        about(found, OctopusKind.RELEASE).message
    )


@pytest.mark.parametrize("status", [403, 503])
async def test_a_space_without_permissions_in_its_reply_is_unknown(
    server: OctopusSandbox, api: ApiClient, status: int
) -> None:
    server.faults.add(path="Spaces-2/users/.*/permissions", status=status, times=None)

    found = await probe_octopus([(api, SECRET)])

    unsure = {
        (c.kind, c.scopes["spaceId"]) for c in found.checks if c.status is UNKNOWN
    }
    assert unsure == {(kind, "Spaces-2") for kind in IN_SPACE}
    assert refused(found) == set()
    assert str(status) in str(about(found, IN_SPACE[0], "Spaces-2").message)
    assert "2 of 3 spaces" in live_events(found)


async def test_a_server_that_is_down_refuses_nothing(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.faults.add(status=503, times=None)

    found = await probe_octopus([(api, SECRET)])

    assert (statuses(found), found.failed) == ({UNKNOWN}, True)
    assert server.faults.total == 1  # nobody waits for a minute of retries


async def test_a_wrong_key_refuses_every_kind(
    connect: Callable[..., ApiClient],
) -> None:
    found = await probe_octopus(
        [(connect(HeaderAuth("X-Octopus-ApiKey", "old")), SECRET)]
    )

    assert refused(found) == {(kind, "") for kind in OctopusKind}
    assert found.failed
    assert "check octopusApiKey" in found.lines[0]


async def test_a_server_before_spaces_is_refused(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.version = "2018.9.1"

    found = await probe_octopus([(api, SECRET)])

    assert statuses(found) == {DENIED}
    assert "2019.1 or newer" in found.lines[0]


async def test_an_unreadable_identity_file_is_refused(
    connect: Callable[..., ApiClient], tmp_path: Path
) -> None:
    auth = ExchangedTokenAuth("http://127.0.0.1", "account", str(tmp_path / "none"))

    found = await probe_octopus([(connect(auth), SECRET)])

    assert statuses(found) == {DENIED}
    assert "octopusIdTokenFile" in found.lines[0]


async def test_a_product_without_settings_is_not_refused() -> None:
    found = await probe_octopus([])

    assert statuses(found) == {UNKNOWN}
    assert {check.kind for check in found.checks} == {*OctopusKind}


@pytest.mark.parametrize("on", [True, False])
async def test_maintenance_mode_is_reported(
    server: OctopusSandbox, api: ApiClient, on: bool
) -> None:
    server.in_maintenance = on

    found = await probe_octopus([(api, SECRET)])

    assert found.lines[0] == (
        "Octopus Deploy 2026.3.5120: signed in with octopusApiKey."
    )
    assert found.lines[1].startswith(f"Maintenance mode: {'on' if on else 'off'}.")
    assert statuses(found) == {GRANTED}


async def test_an_unknown_maintenance_mode_has_a_reason(
    server: OctopusSandbox, api: ApiClient
) -> None:
    server.faults.add(path="serverstatus", status=503, times=None)

    found = await probe_octopus([(api, SECRET)])

    assert "unknown" in found.lines[1] and "503" in found.lines[1]


@pytest.mark.parametrize("permission", SUBSCRIBE)
async def test_a_permission_that_live_events_lack_is_named_with_its_spaces(
    server: OctopusSandbox, api: ApiClient, permission: str
) -> None:
    names = [space["Name"] for space in server.visible("spaces")]
    server.revoked = {("Spaces-2", permission)}

    found = await probe_octopus([(api, SECRET)])

    lacking = server.collections["spaces"]["Spaces-2"]["Name"]
    assert live_events(found) == (
        "Live events of Octopus Deploy: can be registered in"
        f" {len(names) - 1} of {len(names)} spaces."
        f" Missing permission(s): {permission} (in {lacking})."
    )
    assert refused(found) == set()


@pytest.mark.parametrize("permission", WATCH)
async def test_a_permission_that_finding_lost_events_lacks_is_named_with_its_spaces(
    server: OctopusSandbox, api: ApiClient, permission: str
) -> None:
    server.revoked = {("Spaces-2", permission)}

    found = await probe_octopus([(api, SECRET)])

    lacking = server.collections["spaces"]["Spaces-2"]["Name"]
    assert live_events(found, "missed ones can be found").endswith(
        f" spaces. Missing permission(s): {permission} (in {lacking})."
    )


async def test_a_token_without_a_secret_brings_no_live_events(api: ApiClient) -> None:
    found = await probe_octopus([(api, None)])

    assert "set octopusWebhookSecret" in live_events(found, "off")
    assert not any("lost ones" in line for line in found.lines)


def permissions(**parts: list[Item]) -> Item:
    names = {name for own in PERMISSIONS.values() for name in own} | {
        *SUBSCRIBE,
        *WATCH,
    }
    everything = {name: [{"SpaceId": "Spaces-1"}] for name in names}
    return {"SpacePermissions": everything | parts, "SystemPermissions": []}


def test_a_limited_permission_is_granted_and_reported() -> None:
    limited = {"SpaceId": "Spaces-1", "RestrictedToProjectIds": ["Projects-1"]}
    answer = permissions(ReleaseView=[limited])

    status, message = verdicts_in("Spaces-1", answer)[OctopusKind.RELEASE]

    assert status is GRANTED
    assert "only of some projects" in message and message.endswith("ReleaseView")


def test_a_permission_that_is_also_granted_without_limits_is_not_limited() -> None:
    limited = {"SpaceId": "Spaces-1", "RestrictedToProjectIds": ["Projects-1"]}
    whole = {"SpaceId": "Spaces-1", "RestrictedToProjectIds": []}

    verdict = verdicts_in("Spaces-1", permissions(ReleaseView=[limited, whole]))

    assert verdict[OctopusKind.RELEASE] == (
        GRANTED,
        "Permission(s) granted: ReleaseView",
    )


def test_a_permission_in_another_space_does_not_count() -> None:
    elsewhere = permissions(ReleaseView=[{"SpaceId": "Spaces-9"}])

    assert verdicts_in("Spaces-1", elsewhere)[OctopusKind.RELEASE][0] is DENIED


def test_an_incomplete_view_leaves_what_it_does_not_show_unknown() -> None:
    answer = permissions() | {"IsPermissionsComplete": False}
    del answer["SpacePermissions"]["ReleaseView"]

    verdicts = verdicts_in("Spaces-1", answer)

    assert verdicts[OctopusKind.RELEASE][0] is UNKNOWN
    assert verdicts[OctopusKind.PROJECT][0] is GRANTED


@pytest.mark.parametrize("answer", [[], {}, {"SpacePermissions": {"TaskView": None}}])
def test_an_undocumented_reply_grants_nothing(answer: Any) -> None:
    verdicts = verdicts_in("Spaces-1", answer).values()

    assert {status for status, _ in verdicts} == {UNKNOWN}


@pytest.mark.parametrize("answer", [[], {}, {"SystemPermissions": None}])
def test_an_undocumented_reply_says_nothing_of_the_server(answer: Any) -> None:
    verdict = verdict_on_server(OctopusKind.USER, [answer])

    assert verdict == (UNKNOWN, "No space lists the permissions")


def test_trouble_of_live_events_is_reported_as_well() -> None:
    verdicts = verdicts_in("Spaces-1", Unavailable("down"))

    assert verdicts[LIVE_EVENTS] == (UNKNOWN, "down")


async def test_forty_spaces_are_asked_side_by_side_but_no_more_at_once_than_advised(
    server: OctopusSandbox, api: ApiClient
) -> None:
    default = server.collections["spaces"]["Spaces-1"]
    for number in range(101, 138):
        id_ = f"Spaces-{number}"
        own = {"Id": id_, "Name": f"Area {number}", "IsDefault": False}
        server.put("spaces", id_, {**default, **own})
    # Long, so that a busy machine lets nobody miss its round.
    server.faults.latency_seconds = 0.1

    found = await probe_octopus([(api, SECRET)])

    # The gate lets few through at first; this takes two of the five seconds.
    assert server.faults.rounds <= 18
    assert len(found.checks) == 40 * len(IN_SPACE) + len(OF_SERVER)
    assert statuses(found) == {GRANTED}
    assert server.faults.peak_in_flight <= 10
    assert server.faults.total < 40 + 15
