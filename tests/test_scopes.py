"""Nothing of one connection is mistaken for something of another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.types import Item
from framework.expressions import paths_read, reads_any, reduced
from framework.scopes import is_scoped
from jira.kinds import JiraKind
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from tests.test_examples import _jq_without_ocean, load, mapped
from tests.test_samples import SAMPLES, names

pytestmark = pytest.mark.usefixtures(_jq_without_ocean.__name__)
of_every_kind = pytest.mark.parametrize("kind", [*JiraKind, *OctopusKind])
SCOPE = "emea/"
# Where issues and projects of Jira may be of any of its sites, the scope is in it.
OF_ANY_SITE = ["__jiraProjectIds", "__jiraIssueKeys", "__pendingIssueKeys"]
IN_PAGES = [one for one in SAMPLES if one[1]["kind"] != LinkKind.ISSUE_DELIVERY]


def related(kind: str) -> Item:
    """Return the relations of a kind's example that lead to the same product."""
    product = kind.partition("-")[0]
    relations = load(kind, "blueprint.json")["relations"]
    return {n: r for n, r in relations.items() if r["target"].startswith(product)}


def scoped(ends: Any) -> Any:
    """Return the ends of a relation as they are with the scope."""
    if isinstance(ends, list):
        return [SCOPE + end for end in ends]
    return SCOPE + ends if ends else None


@of_every_kind
def test_all_that_identifies_begins_with_the_scope(kind: str) -> None:
    raw, entity = load(kind, "raw.json"), load(kind, "entity.json")
    assert mapped(kind, {**raw, "__scope": ""}) == entity
    relations = entity.get("relations", {})
    own = {name: scoped(relations[name]) for name in related(kind)}
    assert mapped(kind, {**raw, "__scope": SCOPE}) == {
        **entity,
        "identifier": scoped(entity["identifier"]),
        "relations": {**relations, **own},
    }


def with_one_less(raw: Item) -> Iterator[Item]:
    """Yield the item without each of its values, and those of the objects in it."""
    for name, value in raw.items():
        yield {**raw, name: None}
        if isinstance(value, dict):
            yield from ({**raw, name: smaller} for smaller in with_one_less(value))


@of_every_kind
@pytest.mark.parametrize("scope", ["", SCOPE])
def test_what_is_missing_is_not_related(kind: str, scope: str) -> None:
    mappings = load(kind, "mapping.yml")["port"]["entity"]["mappings"]
    paths = paths_read(mappings.get("relations", {}).values())
    assert paths is not None
    for smaller in with_one_less(reduced(load(kind, "raw.json"), paths)):
        entity = mapped(kind, {**smaller, "__scope": scope})
        for ends in entity["relations"].values():
            assert scope not in (ends if isinstance(ends, list) else [ends])


@pytest.mark.parametrize(("page", "sample"), IN_PAGES, ids=names(IN_PAGES))
def test_a_sample_of_the_pages_tells_sites_apart(page: Path, sample: Item) -> None:
    mappings = sample.get("port", {}).get("entity", {}).get("mappings", {})
    made = [mappings.get("identifier"), *mappings.get("relations", {}).values()]
    for text in filter(lambda part: isinstance(part, str), made):
        assert is_scoped(text) or reads_any(text, OF_ANY_SITE), page.name
