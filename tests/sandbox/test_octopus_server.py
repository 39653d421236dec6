"""The Octopus stand-in's permissions, states and subscriptions."""

from typing import Any

import httpx
import pytest

from sandbox.company import Company
from sandbox.octopus import API_KEY, BEARER_TOKEN, OctopusSandbox

URL = "https://octopus.test"
KEY = {"X-Octopus-ApiKey": API_KEY}
SPACE = "/api/Spaces-1"


def client_of(sandbox: OctopusSandbox, headers: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(sandbox.app)
    return httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (KEY, 200),
        ({"Authorization": f"Bearer {BEARER_TOKEN}"}, 200),
        ({"X-Octopus-ApiKey": "API-WRONG"}, 401),
        ({}, 401),
    ],
)
async def test_only_good_credentials_are_let_in(
    octopus_sandbox: OctopusSandbox, headers: Any, status: int
) -> None:
    async with client_of(octopus_sandbox, headers) as client:
        response = await client.get("/api/users/me")
        root = await client.get("/api")
    assert response.status_code == status
    assert ("ErrorMessage" in response.json()) == (status == 401)
    assert (root.status_code, root.json()["Application"]) == (200, "Octopus Deploy")


async def test_hidden_space_is_neither_listed_nor_found(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.hidden_spaces = {"Spaces-2"}
    spaces = (await octopus.get("/api/spaces")).json()["Items"]
    assert [space["Id"] for space in spaces] == ["Spaces-3", "Spaces-1"]
    assert (await octopus.get("/api/Spaces-2/projects")).status_code == 404
    assert (await octopus.get("/api/spaces/Spaces-2")).status_code == 404


@pytest.mark.parametrize("space", ["Spaces-2", "*"])
async def test_missing_permission_is_named(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox, space: str
) -> None:
    octopus_sandbox.revoked = {(space, "DeploymentView")}
    refused = await octopus.get("/api/Spaces-2/deployments")
    assert refused.status_code == 403
    assert "Missing permission: DeploymentView" in refused.json()["ErrorMessage"]
    assert (await octopus.get("/api/Spaces-2/releases")).status_code == 200
    allowed = await octopus.get(f"{SPACE}/deployments")
    assert allowed.status_code == (403 if space == "*" else 200)
    told = (await octopus.get("/api/Spaces-2/users/Users-7/permissions")).json()
    assert "DeploymentView" not in told["SpacePermissions"]
    told = (await octopus.get(f"{SPACE}/users/Users-7/permissions")).json()
    assert ("DeploymentView" in told["SpacePermissions"]) == (space != "*")


async def test_virtual_directory_is_part_of_every_link(company: Company) -> None:
    sandbox = OctopusSandbox(company, virtual_directory="/octopus")
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(
        transport=transport, base_url=URL, headers=KEY
    ) as client:
        assert (await client.get("/api/spaces")).status_code == 404
        assert (await client.get("/octopus/api")).status_code == 200
        page = (await client.get(f"/octopus{SPACE}/releases?take=1")).json()
        following = await client.get(page["Links"]["Page.Next"])
    assert page["Links"]["Page.Next"].startswith(f"/octopus{SPACE}/releases?")
    own = page["Items"][0]["Links"]
    assert own["Self"].startswith("/octopus/api/")
    assert own["Web"].startswith("/octopus/app#/")
    assert following.status_code == 200


async def test_maintenance_lets_reads_through_and_refuses_writes(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.in_maintenance = True
    status = (await octopus.get("/api/serverstatus")).json()
    assert status["IsInMaintenanceMode"] is True
    assert (await octopus.get(f"{SPACE}/projects")).status_code == 200
    refused = await octopus.post(f"{SPACE}/subscriptions", json={"Name": "n"})
    assert refused.status_code == 503


async def test_rate_limit_headers_come_when_switched_on(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    assert "Octopus-RateLimit" not in (await octopus.get("/api/spaces")).headers
    octopus_sandbox.rate_limit = "r=7;t=18"
    headers = (await octopus.get("/api/spaces")).headers
    assert headers["Octopus-RateLimit"] == "r=7;t=18"
    assert headers["Octopus-RateLimit-Policy"] == "l=200;rpm=600"


def subscription(name: str, **details: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "EventNotificationSubscription": {
            "Filter": {"EventCategories": ["Created"]},
            "WebhookURI": "https://me.test",
            **details,
        },
    }


async def test_subscription_lives_in_its_space(octopus: httpx.AsyncClient) -> None:
    path = "/api/Spaces-2/subscriptions"
    created = await octopus.post(path, json=subscription("port"))
    assert created.status_code == 201
    own = created.json()
    assert (own["SpaceId"], own["Type"]) == ("Spaces-2", "Event")
    assert own["EventNotificationSubscription"]["Filter"]["DocumentTypes"] == []
    assert (await octopus.get(f"{SPACE}/subscriptions")).json()["Items"] == []
    twice = await octopus.post(path, json=subscription("port"))
    assert twice.status_code == 400
    assert "already exists" in twice.json()["Errors"][0]
    assert (await octopus.post(path, json=subscription("other"))).status_code == 201
    here = f"{path}/{own['Id']}"
    renamed = await octopus.put(here, json={**own, "Name": "renamed"})
    assert renamed.json()["Name"] == "renamed"
    assert (await octopus.delete(here)).json() == {}
    assert (await octopus.delete(here)).status_code == 404


async def test_sensitive_header_survives_being_sent_back(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    path = f"{SPACE}/subscriptions"
    body = subscription("port", WebhookHeaderValue="s3cret")
    own = (await octopus.post(path, json=body)).json()
    own["EventNotificationSubscription"]["WebhookHeaderValue"] = {
        "HasValue": True,
        "NewValue": None,
    }
    await octopus.put(f"{path}/{own['Id']}", json=own)
    kept = octopus_sandbox.collections["subscriptions"][own["Id"]]
    assert kept["EventNotificationSubscription"]["WebhookHeaderValue"] == "s3cret"


async def test_event_categories_are_listed(octopus: httpx.AsyncClient) -> None:
    names = {c["Id"] for c in (await octopus.get("/api/events/categories")).json()}
    events = (await octopus.get("/api/events?spaces=all&take=1000")).json()["Items"]
    assert {event["Category"] for event in events} <= names
    path = "/api/events?spaces=all&eventCategories=DeploymentFailed"
    failed = await octopus.get(path)
    assert {e["Category"] for e in failed.json()["Items"]} == {"DeploymentFailed"}


async def test_unknown_route_has_octopus_error_body(
    octopus: httpx.AsyncClient,
) -> None:
    response = await octopus.get(f"{SPACE}/nonsense")
    assert response.status_code == 404
    assert response.json()["ErrorMessage"].endswith("was not found.")
