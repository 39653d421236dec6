"""Every sample of the first steps is one that the integration accepts, and does."""

import json
import re
from typing import Any

import jq
import pytest
import yaml
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)

from integration import JiraOctopusPortAppConfig
from tests.test_documents import ROOT
from tests.test_examples import _jq_without_ocean, load

PAGE = (ROOT / "docs/first-steps.md").read_text("utf-8")
SAMPLES = [yaml.safe_load(t) for t in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
JSON = [json.loads(t) for t in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def merged(below: Any, above: Any) -> Any:
    """Lay a sample over the mapping of its kind's example."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = {key: merged(below[key], above[key]) for key in below.keys() & above.keys()}
    return {**below, **above, **both}


def entity_of(sample: list[Any]) -> Any:
    """Return what the kind's example becomes with a sample in its mapping."""
    (resource,) = sample
    kind = resource["kind"]
    whole = merged(load(kind, "mapping.yml"), resource)
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [whole]}).resources[0]
    return JQEntityProcessorSync._get_mapped_entity(
        load(kind, "raw.json"),
        config.port.entity.mappings.dict(exclude_unset=True),
        config.selector.query,
    )


@pytest.mark.usefixtures(_jq_without_ocean.__name__)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[0]["kind"])
def test_a_sample_is_accepted_and_makes_an_entity(sample: list[Any]) -> None:
    made = entity_of(sample)

    assert isinstance(made.did_entity_pass_selector, bool)
    assert made.entity["identifier"] and made.entity["blueprint"]


@pytest.mark.usefixtures(_jq_without_ocean.__name__)
def test_the_entity_of_the_page_is_what_the_mapping_of_the_page_makes() -> None:
    (shown,) = [one for one in JSON if "identifier" in one]
    (sample,) = [s for s in SAMPLES if s[0]["kind"] == "jira-worklog"]

    assert entity_of(sample).entity == shown


def test_the_properties_of_the_page_are_those_that_its_mapping_fills() -> None:
    (properties,) = [one for one in JSON if "storyPoints" in one]
    (sample,) = [s for s in SAMPLES if "customFields" in s[0]["selector"]]

    filled = sample[0]["port"]["entity"]["mappings"]["properties"]
    assert filled.keys() == properties.keys()


@pytest.mark.parametrize(
    ("title", "key"),
    [("Fix the cart (SHOP-42)", "SHOP-42"), ("A2-7: faster", "A2-7"), ("None", None)],
)
def test_a_title_leads_to_its_issue(title: str, key: str | None) -> None:
    (expression,) = re.findall(r"```text\n(.*?)\n```", PAGE)

    assert jq.compile(expression).input({"title": title}).first() == key


def test_the_samples_cover_what_the_page_is_about() -> None:
    kinds = [sample[0]["kind"] for sample in SAMPLES]
    assert len(kinds) == 7
    assert {"jira-issue", "jira-sprint", "octopus-deployment"} <= set(kinds)
