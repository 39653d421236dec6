"""What tries a mapping asks the sites that a resync would ask, and names the others."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from commands.origins import origin_of
from core.site import FIRST, Site
from framework.probe import DENIED
from framework.selectors import Selector
from links.connections import Connections, JiraSite, OctopusServer
from tests.framework.resyncs import mapped

SITES: list[Any] = [SimpleNamespace(site=one) for one in (FIRST, Site("emea", "emea/"))]
TWO = Connections(
    tuple(JiraSite(api, None) for api in SITES),
    tuple(OctopusServer(api, lambda _: None) for api in SITES),
)


def mapping(kind: str, identifier: str, *sites: str) -> ResourceConfig:
    found = mapped(kind, '"x"', identifier=identifier)
    found.selector = Selector(query="true", sites=[*sites])
    return found


@pytest.mark.parametrize(
    ("config", "asked", "wrong"),
    [
        (mapping("jira-issue", ".__scope + .key"), ["default", "emea"], None),
        (mapping("jira-issue", ".key"), ["default"], "would become one entity"),
        (mapping("jira-issue", ".key", "emea"), ["emea"], None),
        (mapping("jira-issue", ".key", "emae"), [], "did you mean emea?"),
        (mapping("octopus-space", ".Id"), ["default"], "would become one entity"),
        (mapping("octopus-issue-delivery", ".issueKey"), ["default", "emea"], None),
    ],
    ids=["scope", "mixed", "selected", "misspelt", "of Octopus", "of all together"],
)
def test_the_sites_of_a_mapping_are_asked_and_others_named(
    config: ResourceConfig, asked: list[str], wrong: str | None
) -> None:
    apis, resource, verdicts = origin_of(config, TWO)
    assert [api.site.label for api in apis] == asked
    assert resource is not None and resource.kind == config.kind
    assert [(status, str(wrong) in text) for status, text in verdicts] == (
        [(DENIED, True)] if wrong else []
    )
