"""Every sample of the pages is one that the integration accepts, and does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml
from port_ocean.config.settings import ApplicationSettings, IntegrationConfiguration
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)

from commands.resync_report import LAYOUT
from framework.settings import config_mistakes, read_config
from integration import JiraOctopusPortAppConfig
from links.products import settings_mistakes
from tests.test_documents import BLUEPRINTS, EXAMPLES, PAGES, ROOT
from tests.test_examples import _jq_without_ocean, load

DOCS = [page for page in PAGES if page.parent.name == "docs"]
FIRST_STEPS = ROOT / "docs/first-steps.md"
# Of another integration.
PULL_REQUEST = "pull-request"


def blocks(page: Path, language: str) -> list[str]:
    """Return the samples of a page in a language."""
    fence = rf"^```{language}\n(.*?)^```"
    return re.findall(fence, page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def resources(page: Path) -> Iterator[Any]:
    """Yield the resources in the mappings of a page."""
    for text in blocks(page, "yaml"):
        sample = yaml.safe_load(text)
        if isinstance(sample, list) and "kind" in sample[0]:
            yield from sample


MAPPED = [(page, one) for page in DOCS for one in resources(page)]
SAMPLES = [(page, one) for page, one in MAPPED if one["kind"] != PULL_REQUEST]
ANY = [(page, json.loads(text)) for page in DOCS for text in blocks(page, "json")]
JSON = [(page, one) for page, one in ANY if isinstance(one, dict)]
ENTITIES = [(page, one) for page, one in JSON if {"blueprint", "identifier"} <= {*one}]
ITEMS = [(page, one) for page, one in JSON if any(name[:2] == "__" for name in one)]
EACH_PAGE = pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)


def names(samples: list[tuple[Path, Any]]) -> list[str]:
    return [
        f"{page.stem} {one.get('kind') or one.get('identifier') or one.get('Id')}"
        for page, one in samples
    ]


def merged(below: Any, above: Any) -> Any:
    """Lay a sample over the mapping of its kind's example."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = {key: merged(below[key], above[key]) for key in below.keys() & above.keys()}
    return {**below, **above, **both}


def entity_of(resource: Any) -> Any:
    """Return what the kind's example becomes with a sample in its mapping."""
    kind = resource["kind"]
    whole = merged(load(kind, "mapping.yml"), resource)
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [whole]}).resources[0]
    item = load(kind, "raw.json")
    if parts := config.port.items_to_parse:
        item["item"] = jq.first(parts, item)[0]
    return JQEntityProcessorSync._get_mapped_entity(
        item,
        config.port.entity.mappings.dict(exclude_unset=True),
        config.selector.query,
    )


def is_part(shown: Any, whole: Any) -> bool:
    """Return whether everything that is shown is in the whole."""
    if not isinstance(shown, dict) or not isinstance(whole, dict):
        return bool(shown == whole)
    return all(key in whole and is_part(shown[key], whole[key]) for key in shown)


@pytest.mark.usefixtures(_jq_without_ocean.__name__)
@pytest.mark.parametrize(("page", "resource"), SAMPLES, ids=names(SAMPLES))
def test_a_mapping_is_accepted_and_makes_an_entity(page: Path, resource: Any) -> None:
    made = entity_of(resource)

    assert isinstance(made.did_entity_pass_selector, bool)
    assert made.entity["identifier"] and made.entity["blueprint"]


@pytest.mark.usefixtures(_jq_without_ocean.__name__)
@pytest.mark.parametrize(("page", "shown"), ENTITIES, ids=names(ENTITIES))
def test_an_entity_is_made_by_a_mapping_of_its_page_or_an_example(
    page: Path, shown: Any
) -> None:
    on_page = [entity_of(one).entity for other, one in SAMPLES if other == page]
    examples = [load(raw.parent.name, "entity.json") for raw in EXAMPLES]

    assert any(is_part(shown, whole) for whole in (*on_page, *examples))


@pytest.mark.parametrize(("page", "shown"), ITEMS, ids=names(ITEMS))
def test_an_item_is_that_of_an_example(page: Path, shown: Any) -> None:
    examples = [load(raw.parent.name, "raw.json") for raw in EXAMPLES]

    assert any(is_part(shown, whole) for whole in examples)


@EACH_PAGE
def test_a_page_begins_with_its_answer_and_has_a_sample_or_a_picture(
    page: Path,
) -> None:
    text = re.sub(r"<!--.*?-->\n*", "", page.read_text("utf-8"), flags=re.DOTALL)
    title, answer, *_ = text.split("\n\n")
    assert title.startswith("# ") and answer[0] not in "#|`!", answer
    assert re.search(r"^```(yaml|json|text|console|mermaid)$|^!\[", text, flags=re.M)


def test_there_are_samples_of_what_people_ask_for() -> None:
    kinds = [one["kind"] for page, one in MAPPED if page == FIRST_STEPS]
    assert {"jira-issue", "jira-sprint", "octopus-deployment", "jira-user"} <= {*kinds}
    assert len(ENTITIES) >= 4 and len(ITEMS) >= 1


def test_the_properties_of_the_page_are_those_that_its_mapping_fills() -> None:
    (properties,) = [one for _, one in JSON if "storyPoints" in one]
    mapped = [one["port"]["entity"]["mappings"] for _, one in SAMPLES if "port" in one]
    filled = [one.get("properties", {}) for one in mapped]

    assert properties.keys() in [one.keys() for one in filled]


@pytest.mark.parametrize(
    ("title", "branch", "key"),
    [
        ("Fix the cart (SHOP-42)", "main", "SHOP-42"),
        ("A2-7: faster", None, "A2-7"),
        ("Faster", "feature/SHOP-43-faster", "SHOP-43"),
        ("None", None, None),
    ],
)
def test_a_pull_request_leads_to_its_issue(
    title: str, branch: str | None, key: str | None
) -> None:
    (resource,) = [one for _, one in MAPPED if one["kind"] == PULL_REQUEST]
    relations = resource["port"]["entity"]["mappings"]["relations"]
    item = {"title": title, "head": {"ref": branch}}

    assert jq.first(relations["jiraIssue"], item) == key


def test_the_figure_of_a_space_is_that_of_a_project() -> None:
    (sample,) = [one for _, one in JSON if "successes30" in one]
    shipped = BLUEPRINTS["octopusProject"]["aggregationProperties"]["successes30"]
    (path,) = sample["successes30"].pop("pathFilter")[0]["path"]

    assert is_part(sample["successes30"], shipped)
    assert BLUEPRINTS["octopusDeployment"]["relations"][path]["target"] == (
        "octopusSpace"
    )


def settings_in(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Set what a sample sets; return the names."""
    pairs = [line.split("=", 1) for line in text.splitlines()]
    for name, value in pairs:
        monkeypatch.setenv(name, value)
    return [name for name, _ in pairs]


def test_the_settings_that_connect_are_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, *_ = blocks(ROOT / "docs/configuration.md", "text")
    assert len(settings_in(text, monkeypatch)) == 7

    config = read_config()
    assert settings_mistakes(config) == [] and config_mistakes(config) == []
    assert IntegrationConfiguration().port.client_id  # type: ignore[call-arg]


def test_the_settings_of_further_sites_and_servers_are_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, *_ = blocks(ROOT / "docs/configuration.md", "text")
    settings_in(text, monkeypatch)
    sites, servers = (one for _, one in ANY if isinstance(one, list))
    further = {"jira_sites": sites, "octopus_servers": servers}

    assert settings_mistakes({**read_config(), **further}) == []
    assert config_mistakes(further) == []


def test_what_leaves_the_company_can_be_turned_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (text,) = blocks(ROOT / "docs/security.md", "text")
    assert len(settings_in(text, monkeypatch)) == 3

    port = {"client_id": "x", "client_secret": "x"}
    settings = IntegrationConfiguration(port=port)  # type: ignore[arg-type]
    assert not (settings.send_raw_data_examples or settings.lakehouse_enabled)
    assert not ApplicationSettings().enable_http_logging


def test_the_summary_of_the_limitations_is_part_of_the_one_that_is_explained() -> None:
    (shown,) = blocks(ROOT / "docs/limitations.md", "text")
    whole = blocks(ROOT / "docs/installation.md", "text")
    assert any(shown in text for text in whole)
    line, _ = shown.splitlines()
    kind, state, *counts = line.split()
    assert line == LAYOUT.format(kind, state, *counts) and len(counts) == 5
