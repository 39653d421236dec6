"""The whole: the real program against stand-ins over real sockets."""

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from sandbox.company import Company, Size, build_company
from sandbox.everything import DEFAULTS, write_resources
from sandbox.sail import Voyage, sail
from sandbox.servers import Stands, serve
from sandbox.truth import Catalog, compare

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


@pytest.fixture
def company() -> Company:
    return build_company(size=SMALL)


@pytest.fixture
async def stands(company: Company) -> AsyncIterator[Stands]:
    async with serve(company) as running:
        yield running


def identifiers(catalog: Catalog) -> set[tuple[str, str]]:
    return {(blueprint, i) for blueprint, all_ in catalog.items() for i in all_}


async def resync(stands: Stands, **settings: str) -> Voyage:
    voyage = await sail({**stands.environment(), **settings})
    assert voyage.status == 0, voyage.log[-3000:]
    return voyage


def state(stands: Stands) -> str:
    status: str = stands.port.integrations["sandbox"]["resyncState"]["status"]
    return status


async def test_resyncs_bring_everything_and_remove_exactly_what_is_gone(
    stands: Stands, tmp_path: Path
) -> None:
    write_resources(tmp_path)
    first = await resync(stands, OCEAN__RESOURCES_PATH=str(tmp_path))
    differences = compare(stands.company, stands.port.entities)
    assert [d for d in differences if d.complaints] == [], first.log[-3000:]
    assert stands.port.store.errors == []
    assert stands.port.unknown_routes == []
    assert state(stands) == "completed"

    before = copy.deepcopy(stands.port.entities)
    # What others refer to would stay, as a name: Port keeps relations whole.
    referred = {key for _, keys in relations(stands.port.entities) for key in keys}
    issue = next(
        issue
        for issue in stands.company.jira["issue"].values()
        if issue["key"] in before["jiraIssue"] and issue["key"] not in referred
    )
    last, older = [i for i in before["octopusDeployment"] if i not in referred][-2:]
    # One of them has grown older than the look-back since it was brought.
    stands.port.entities["octopusDeployment"][older]["properties"][
        "created"
    ] = "2020-01-01T00:00:00.000+00:00"
    stands.jira.delete("issue", issue["id"])
    stands.octopus.delete("deployments", last)
    stands.octopus.delete("deployments", older)

    await resync(stands)
    removed = identifiers(before) - identifiers(stands.port.entities)
    assert removed == {("jiraIssue", issue["key"]), ("octopusDeployment", last)}
    assert identifiers(stands.port.entities) <= identifiers(before)


def relations(catalog: Catalog) -> list[tuple[str, list[str]]]:
    return [
        (name, value if isinstance(value, list) else [value or ""])
        for entities in catalog.values()
        for entity in entities.values()
        for name, value in entity["relations"].items()
    ]


async def test_a_wrong_token_ends_the_resync_with_one_message_and_deletes_nothing(
    stands: Stands,
) -> None:
    await resync(stands)
    before = identifiers(stands.port.entities)
    requests = stands.octopus.faults.total
    wrong = {"OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN": "expired"}
    voyage = await resync(stands, **wrong)
    assert "check atlassianUserEmail and atlassianUserToken" in voyage.log
    assert state(stands) == "failed"
    assert identifiers(stands.port.entities) == before
    assert stands.octopus.faults.total <= requests + 1


async def test_one_product_alone_is_enough_and_the_others_entities_stay(
    stands: Stands,
) -> None:
    await resync(stands)
    before = identifiers(stands.port.entities)
    environment = {
        name: value
        for name, value in stands.environment().items()
        if "JIRA" not in name and "ATLASSIAN" not in name
    }
    voyage = await sail(environment)
    assert voyage.log.count("jira-issue is skipped, nothing is deleted") == 1
    assert state(stands) == "completed"
    assert identifiers(stands.port.entities) == before


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
    stands: Stands, removed: tuple[str, ...], message: str
) -> None:
    environment = {
        name: value
        for name, value in stands.environment().items()
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
