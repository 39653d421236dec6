"""The demo compares every kind with what the vendors hold, and sees a wrong value."""

import json
from pathlib import Path

import pytest
import yaml

from sandbox.company import Company, Size, build_company
from sandbox.everything import write_resources
from sandbox.expected import expected
from sandbox.truth import compare

SMALL = Size(issues=60, users=12, boards=5, releases=30, deployments=50)
FACTS = yaml.safe_load(Path("sandbox/facts.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def company() -> Company:
    return build_company(size=SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resources")
    write_resources(folder)
    return folder


def test_every_kind_that_is_brought_is_compared(company: Company, folder: Path) -> None:
    mapping = yaml.safe_load((folder / "port-app-config.yml").read_text("utf-8"))
    brought = {
        resource["port"]["entity"]["mappings"]["blueprint"].strip('"')
        for resource in mapping["resources"]
    }

    assert brought <= expected(company).keys()


def test_what_is_compared_is_in_the_blueprint(folder: Path) -> None:
    blueprints = json.loads((folder / "blueprints.json").read_text("utf-8"))
    known = {one["identifier"]: one for one in blueprints}

    for name, facts in FACTS.items():
        own = known[name]["schema"]["properties"].keys() | known[name]["relations"]
        assert facts.keys() <= own | {"title"}, name


@pytest.mark.parametrize("wrong", [None, "seconds", "started", "author"])
def test_a_wrong_value_is_seen(company: Company, wrong: str | None) -> None:
    worklogs = expected(company)["jiraWorklog"]
    entities = {
        id_: {
            "identifier": id_,
            "title": worklog["timeSpent"],
            "properties": {
                "seconds": worklog["timeSpentSeconds"],
                "started": worklog["started"],
                "updated": worklog["updated"],
            },
            "relations": {
                "issue": worklog["key"],
                "author": worklog["author"]["accountId"],
            },
        }
        for id_, worklog in worklogs.items()
    }
    one = next(iter(entities))
    for part in ("properties", "relations"):
        if wrong in entities[one][part]:
            entities[one][part][wrong] = "wrong"

    found = compare(company, {"jiraWorklog": entities})

    (worklog,) = [each for each in found if each.blueprint == "jiraWorklog"]
    expected_words = (f"{one} has a wrong {wrong}",) if wrong else ()
    assert worklog.complaints == expected_words
