"""The whole: the real program against stand-ins over real sockets."""

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from octopus.resources.progression import place_of
from sandbox.company import Size, build_company
from sandbox.everything import DEFAULTS, write_resources
from sandbox.sail import Voyage
from sandbox.servers import Stands, serve
from sandbox.truth import Catalog, compare
from tests.companies import let_a_minute_pass
from tests.warm import sail

# One first resync is the start of most of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("end to end"),
]

SMALL = Size(
    issues=60,
    users=12,
    boards=5,
    spaces=3,
    octopus_projects=12,
    releases=30,
    deployments=50,
    machines=6,
)


@pytest_asyncio.fixture(loop_scope="module")
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def synced(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stands]:
    """Yield stand-ins after a resync of every kind."""
    resources = tmp_path_factory.mktemp("resources")
    write_resources(resources)
    async with serve(build_company(size=SMALL)) as running:
        await resync(running, OCEAN__RESOURCES_PATH=str(resources))
        yield running


def identifiers(catalog: Catalog) -> set[tuple[str, str]]:
    return {(blueprint, i) for blueprint, all_ in catalog.items() for i in all_}


async def resync(stands: Stands, **settings: str) -> Voyage:
    let_a_minute_pass(stands)
    voyage = await sail({**stands.environment(), **settings})
    assert voyage.status == 0, voyage.log[-3000:]
    return voyage


def state(stands: Stands) -> str:
    return str(stands.port.integrations["sandbox"]["resyncState"]["status"])


async def test_resyncs_bring_everything_and_remove_exactly_what_is_gone(
    synced: Stands,
) -> None:
    stands = synced
    differences = compare(stands.company, stands.port.entities)
    assert not any(difference.complaints for difference in differences)
    assert stands.port.store.errors == stands.undocumented() == []
    assert state(stands) == "completed"

    before = copy.deepcopy(stands.port.entities)
    # What others refer to would stay, as a name: Port keeps relations whole.
    referred = {key for _, keys in relations(stands.port.entities) for key in keys}
    issue = next(
        issue
        for issue in stands.company.jira["issue"].values()
        if issue["key"] in before["jiraIssue"] and issue["key"] not in referred
    )
    # The newest ones, for what is older than the look-back is kept; but none that a
    # place had last, which would take the place along.
    dated = sorted(stands.company.octopus["deployments"].values(), key=created)
    had_last = {place_of(deployment): deployment["Id"] for deployment in dated}
    spare = [d["Id"] for d in dated if d["Id"] in before["octopusDeployment"]]
    last, older = [i for i in spare if i not in {*referred, *had_last.values()}][-2:]
    # One of them has grown older than the look-back since it was brought.
    aged = stands.port.entities["octopusDeployment"][older]["properties"]
    aged["created"] = "2020-01-01T00:00:00.000+00:00"
    stands.jira.delete("issue", issue["id"])
    stands.octopus.delete("deployments", last)
    stands.octopus.delete("deployments", older)

    await resync(stands)
    removed = identifiers(before) - identifiers(stands.port.entities)
    assert removed == {("jiraIssue", issue["key"]), ("octopusDeployment", last)}
    assert identifiers(stands.port.entities) <= identifiers(before)


def created(deployment: dict[str, Any]) -> str:
    return str(deployment["Created"])


def relations(catalog: Catalog) -> list[tuple[str, list[str]]]:
    return [
        (name, value if isinstance(value, list) else [value or ""])
        for entities in catalog.values()
        for entity in entities.values()
        for name, value in entity["relations"].items()
    ]


WRONG_JIRA = {"OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN": "expired"}
WRONG_OCTOPUS = {"OCEAN__INTEGRATION__CONFIG__OCTOPUS_API_KEY": "API-EXPIRED"}


async def test_a_product_that_lets_nobody_in_is_kept_and_the_other_reconciled(
    synced: Stands,
) -> None:
    stands = synced
    before = identifiers(stands.port.entities)
    worker = next(iter(stands.port.entities["octopusWorker"]))
    stands.octopus.delete("workers", worker)
    board = next(iter(stands.port.entities["jiraBoard"]))
    stands.jira.delete("board", board)
    voyage = await resync(stands, **WRONG_JIRA)

    assert voyage.log.count("Jira is kept as it is in the catalog: ") == 1
    assert "check atlassianUserEmail and atlassianUserToken" in voyage.log
    assert state(stands) == "completed"
    after = identifiers(stands.port.entities)
    assert before - after == {("octopusWorker", worker)}


NOTHING = {"Items": [], "ItemsPerPage": 100, "TotalResults": 0, "NumberOfPages": 1}


async def test_only_what_is_proven_to_be_gone_leaves_or_loses_its_content(
    stands: Stands,
) -> None:
    await resync(stands)
    entities = stands.port.entities
    before = identifiers(entities)
    issues, releases = stands.company.jira["issue"], entities["octopusRelease"]
    key = next(k for r in releases.values() for k in r["relations"]["issues"])
    assert entities["jiraIssue"][key]["properties"]["url"]
    stands.jira.delete(
        "issue", next(i["id"] for i in issues.values() if i["key"] == key)
    )
    # A plainly empty list, and the permanent refusal of another.
    whole_list = r"api/Spaces-\d+/releases(\?|$)"
    stands.octopus.faults.add(path=whole_list, times=None, status=200, body=NOTHING)
    denied = r"api/Spaces-1/workers(\?|$)"
    stands.octopus.faults.add(path=denied, times=None, status=403, body={})
    voyage = await resync(stands)

    assert state(stands) == "completed"
    assert identifiers(entities) == before
    # Releases refer to the issue, so that it stays, with nothing but its delivery.
    left = entities["jiraIssue"][key]["properties"]
    assert left["deliveryState"]
    assert not any(left.get(name) for name in ("url", "status", "created"))
    assert "which the server has" in voyage.log
    assert "The resync is incomplete: " in voyage.log


async def test_without_any_product_the_resync_fails_and_deletes_nothing(
    synced: Stands,
) -> None:
    stands = synced
    before = identifiers(stands.port.entities)
    await resync(stands, **WRONG_JIRA, **WRONG_OCTOPUS)

    assert state(stands) == "failed"
    assert identifiers(stands.port.entities) == before


async def test_one_product_alone_is_enough_and_the_others_entities_stay(
    synced: Stands,
) -> None:
    stands = synced
    before = identifiers(stands.port.entities)
    environment = {
        name: value
        for name, value in stands.environment().items()
        if "JIRA" not in name and "ATLASSIAN" not in name
    }
    voyage = await sail(environment)
    assert voyage.log.count("jira-issue is skipped, nothing is deleted") == 1
    assert state(stands) == "completed"
    # Without Jira, nothing tells that it has no such project.
    hidden = ("jiraIssue", stands.company.cases["hidden issue"])
    assert identifiers(stands.port.entities) - {hidden} == before


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        (
            ("ATLASSIAN_USER_TOKEN",),
            "Jira is configured by half: set atlassianUserToken",
        ),
        (
            ("JIRA_HOST", "ATLASSIAN_USER_EMAIL", "ATLASSIAN_USER_TOKEN", "OCTOPUS"),
            "neither Jira nor Octopus Deploy is set up",
        ),
    ],
)
async def test_a_configuration_that_cannot_work_ends_the_start(
    synced: Stands, removed: tuple[str, ...], message: str
) -> None:
    environment = {
        name: value
        for name, value in synced.environment().items()
        if not any(part in name for part in removed)
    }
    voyage = await sail(environment)
    assert voyage.status == 1
    assert message in voyage.log
    assert "Traceback" not in voyage.log


CUSTOM_KIND = """
kind: octopus-machine-policy
selector: {query: "true", path: machinepolicies}
port:
  entity:
    mappings: {identifier: .Id, title: .Name, blueprint: '"octopusMachinePolicy"'}
"""


async def test_a_kind_of_the_users_own_arrives_beside_the_others(
    stands: Stands, tmp_path: Path
) -> None:
    mapping, blueprints = tmp_path / "port-app-config.yml", tmp_path / "blueprints.json"
    defaults = yaml.safe_load((DEFAULTS / mapping.name).read_text())["resources"]
    resources = [
        yaml.safe_load(CUSTOM_KIND),
        *(r for r in defaults if r["kind"] == "octopus-space"),
    ]
    mapping.write_text(yaml.safe_dump({"resources": resources}))
    own = {"identifier": "octopusMachinePolicy", "title": "Policy", "relations": {}}
    own["schema"] = {"properties": {}, "required": []}
    known = json.loads((DEFAULTS / blueprints.name).read_text())
    blueprints.write_text(json.dumps([own, *known]))

    await resync(stands, OCEAN__RESOURCES_PATH=str(tmp_path))

    arrived = {name: set(found) for name, found in stands.port.entities.items()}
    assert stands.port.store.errors == []
    for blueprint, collection in [
        ("octopusMachinePolicy", "machinepolicies"),
        ("octopusSpace", "spaces"),
    ]:
        assert arrived[blueprint] == set(stands.company.octopus[collection])
