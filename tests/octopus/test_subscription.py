"""Every space has one subscription, with the secret, whatever was there before."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from loguru import logger

from client import ApiClient
from octopus.subscription import (
    SECRET_HEADER,
    Subscription,
    ensure_subscriptions,
    remove_subscriptions,
)
from sandbox.company import Item
from sandbox.octopus import OctopusSandbox

WANTED = Subscription(
    identifier="shop",
    url="https://ocean.test/integration/webhook/octopus",
    secret=lambda space_id: f"s3cret of {space_id}",
    categories=frozenset({"Created", "DeploymentFailed", "NoSuchCategory"}),
)


def stored(server: OctopusSandbox) -> dict[str, Item]:
    return {s["SpaceId"]: s for s in server.collections["subscriptions"].values()}


async def test_every_space_gets_one_with_the_categories_that_exist(
    api: ApiClient, server: OctopusSandbox
) -> None:
    assert await ensure_subscriptions(api, WANTED) == 3
    found = stored(server)
    assert set(found) == {"Spaces-1", "Spaces-2", "Spaces-3"}
    for subscription in found.values():
        details = subscription["EventNotificationSubscription"]
        assert details["Filter"]["EventCategories"] == ["Created", "DeploymentFailed"]
        assert details["Filter"]["EventGroups"] == []
        assert details["Filter"]["DocumentTypes"] == []
        assert details["WebhookURI"] == WANTED.url
        assert details["WebhookHeaderKey"] == SECRET_HEADER


@pytest.mark.parametrize("drift", ["disabled", "moved", "filtered"])
async def test_rows_54_to_57_what_drifted_is_repaired_in_place(
    api: ApiClient, server: OctopusSandbox, drift: str
) -> None:
    await ensure_subscriptions(api, WANTED)
    before = stored(server)["Spaces-1"]
    details = dict(before["EventNotificationSubscription"])
    if drift == "moved":
        details["WebhookURI"] = "https://elsewhere.test/"
    if drift == "filtered":
        details["Filter"] = {**details["Filter"], "EventCategories": ["Deleted"]}
    changed = {
        **before,
        "IsDisabled": drift == "disabled",
        "EventNotificationSubscription": details,
    }
    server.put("subscriptions", before["Id"], changed)
    await ensure_subscriptions(api, WANTED)
    assert stored(server)["Spaces-1"] == before
    assert len(server.collections["subscriptions"]) == 3


async def test_row_58_a_space_without_the_permission_is_skipped_and_named(
    api: ApiClient, server: OctopusSandbox, warnings: list[str]
) -> None:
    server.revoked.add(("Spaces-2", "SubscriptionCreate"))
    assert await ensure_subscriptions(api, WANTED) == 2
    (said,) = warnings
    assert server.collections["spaces"]["Spaces-2"]["Name"] in said
    assert "SubscriptionCreate" in said
    assert set(stored(server)) == {"Spaces-1", "Spaces-3"}


async def test_a_second_one_that_may_not_be_removed_does_no_harm(
    api: ApiClient, server: OctopusSandbox, warnings: list[str]
) -> None:
    await ensure_subscriptions(api, WANTED)
    double = {**stored(server)["Spaces-1"], "Id": "Subscriptions-99", "Name": "x"}
    server.put("subscriptions", double["Id"], double)
    server.revoked.add(("Spaces-1", "SubscriptionDelete"))
    assert await ensure_subscriptions(api, WANTED) == 3
    assert warnings == []


async def test_row_59_a_new_space_gets_its_own_the_next_time(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await ensure_subscriptions(api, WANTED)
    pattern = server.collections["spaces"]["Spaces-1"]
    new = {**pattern, "Id": "Spaces-9", "Name": "New", "IsDefault": False}
    server.put("spaces", "Spaces-9", new)
    assert await ensure_subscriptions(api, WANTED) == 4


def headers(server: OctopusSandbox) -> dict[str, object]:
    return {
        space: s["EventNotificationSubscription"]["WebhookHeaderValue"]
        for space, s in stored(server).items()
    }


@pytest.mark.parametrize(
    ("version", "is_sensitive"),
    [
        ("2026.1.3777", True),
        ("2026.2.1", True),
        ("2027.1", True),
        ("2026.1.3776", False),
        ("2025.4.9999", False),
        ("", False),
    ],
)
async def test_row_57_a_new_secret_is_sent_to_every_space_as_its_version_takes_it(
    api: ApiClient, server: OctopusSandbox, version: str, is_sensitive: bool
) -> None:
    api.facts["version"] = version
    server.version = version or "2021.2.4488"
    for word in ("s3cret", "another"):
        wanted = replace(WANTED, secret=partial("{} of {}".format, word))
        assert await ensure_subscriptions(api, wanted) == 3
        secrets = {f"Spaces-{n}": f"{word} of Spaces-{n}" for n in (1, 2, 3)}
        assert headers(server) == {
            space: {"HasValue": True, "NewValue": secret} if is_sensitive else secret
            for space, secret in secrets.items()
        }


async def test_nobody_reads_a_sensitive_secret(
    api: ApiClient, server: OctopusSandbox
) -> None:
    api.facts["version"] = server.version
    await ensure_subscriptions(api, WANTED)
    for space in stored(server):
        assert "s3cret" not in str(await api.get(f"api/{space}/subscriptions"))


async def test_namesakes_at_other_addresses_live_side_by_side(
    api: ApiClient, server: OctopusSandbox
) -> None:
    other = replace(WANTED, url="https://other.test/integration/webhook/octopus")
    for _ in range(2):
        assert await ensure_subscriptions(api, WANTED) == 3
        assert await ensure_subscriptions(api, other) == 3
    ids = set(server.collections["subscriptions"])
    assert len(ids) == 6
    assert len(await remove_subscriptions(api, WANTED, [])) == 3
    (url,) = {
        s["EventNotificationSubscription"]["WebhookURI"]
        for s in stored(server).values()
    }
    assert url == other.url


async def test_one_that_an_older_version_named_is_taken_over(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await ensure_subscriptions(api, WANTED)
    for id_, old in list(server.collections["subscriptions"].items()):
        server.put("subscriptions", id_, {**old, "Name": "Port (shop)"})
    assert await ensure_subscriptions(api, WANTED) == 3
    names = [s["Name"] for s in server.collections["subscriptions"].values()]
    assert names == ["Port (shop) at ocean.test"] * 3


async def test_namesakes_are_named_so_that_a_former_address_can_be_removed(
    api: ApiClient,
) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(str(message)), level="INFO")
    former = replace(WANTED, url="https://former.test/integration/webhook/octopus")
    await ensure_subscriptions(api, former)
    await ensure_subscriptions(api, WANTED)
    logger.remove(sink)
    assert [former.url in line for line in said if "which stay" in line] == [True]


async def test_row_31_what_maintenance_forbids_is_made_up_for(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.in_maintenance = True
    assert await ensure_subscriptions(api, WANTED) == 0
    server.in_maintenance = False
    assert await ensure_subscriptions(api, WANTED) == 3


async def test_two_replicas_at_once_leave_one_for_each_space_and_no_warning(
    api: ApiClient,
    connect: Callable[[], ApiClient],
    server: OctopusSandbox,
    warnings: list[str],
) -> None:
    server.faults.latency_seconds = 0.005
    replicas = (api, connect(), connect())
    made = await asyncio.gather(*(ensure_subscriptions(r, WANTED) for r in replicas))
    assert made == [3, 3, 3]
    assert warnings == []
    assert set(stored(server)) == {"Spaces-1", "Spaces-2", "Spaces-3"}
    assert len(server.collections["subscriptions"]) == 3


async def test_a_refusal_that_is_not_about_the_name_is_logged(
    api: ApiClient, server: OctopusSandbox, warnings: list[str]
) -> None:
    server.faults.add(method="POST", path="subscriptions", status=400, times=1)
    assert await ensure_subscriptions(api, WANTED) == 2
    assert len(warnings) == 1


async def test_of_two_for_one_address_the_one_with_our_name_stays(
    api: ApiClient, server: OctopusSandbox, warnings: list[str]
) -> None:
    await ensure_subscriptions(api, WANTED)
    for id_, own in list(server.collections["subscriptions"].items()):
        server.put("subscriptions", id_, {**own, "Name": "made by hand"})
    newer = stored(server)["Spaces-1"]
    twin = {**newer, "Id": "Subscriptions-77", "Name": WANTED.name}
    server.put("subscriptions", twin["Id"], twin)
    assert await ensure_subscriptions(api, WANTED) == 3
    names = [s["Name"] for s in server.collections["subscriptions"].values()]
    assert (names, warnings) == ([WANTED.name] * 3, [])


async def test_what_was_created_can_be_removed(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await ensure_subscriptions(api, WANTED)
    assert len(await remove_subscriptions(api, WANTED, [])) == 3
    assert stored(server) == {}


async def test_what_can_not_be_removed_keeps_nothing_else(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await ensure_subscriptions(api, WANTED)
    server.revoked.add(("Spaces-1", "SubscriptionDelete"))
    failures: list[Exception] = []
    assert len(await remove_subscriptions(api, WANTED, failures)) == 2
    assert set(stored(server)) == {"Spaces-1"}
    assert ["SubscriptionDelete" in str(failure) for failure in failures] == [True]
