"""Further sites and servers: a list of objects with the plain settings' keys."""

import json
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.errors import ConfigurationError
from core.site import FIRST, Site
from framework.webhook_processor import processor_serves
from jira.settings import parse_settings as parse_jira
from links.connections import connect
from links.products import settings_mistakes
from octopus.settings import parse_settings as parse_octopus
from tests.framework.resyncs import mapped
from webhook_processors.subscribed import endpoints

JIRA = {
    "jira_host": "https://one.atlassian.net",
    "atlassian_user_email": "dev@example.test",
    "atlassian_user_token": "TOPSECRET",
}
EMEA = {
    "name": "emea",
    "jiraHost": "https://emea.atlassian.net",
    "atlassianUserEmail": "dev@example.test",
    "atlassianUserToken": "TOPSECRET",
}
OCTOPUS = {
    "octopus_server_url": "https://one.octopus.test",
    "octopus_api_key": "API-ONE",
}
TEST = {
    "name": "test",
    "octopusServerUrl": "https://test.octopus.test",
    "octopusApiKey": "API-TEST",
}
SNAKE = {"name": "emea", "jira_host": EMEA["jiraHost"], **dict(list(JIRA.items())[1:])}


@pytest.mark.parametrize(
    "given",
    [[EMEA], json.dumps([EMEA]), [SNAKE]],
    ids=["list", "JSON", "snake case"],
)
def test_a_further_site_has_its_own_settings_and_scope(given: Any) -> None:
    first, emea = parse_jira({**JIRA, "jira_sites": given})
    assert (first.site, emea.site) == (FIRST, Site("emea", "emea/"))
    assert emea.base_url == "https://emea.atlassian.net"


def test_a_further_server_has_its_own_settings_and_the_common_stages() -> None:
    stages = "Test: test*; Production: prod*"
    linked = {**TEST, "linkedJiraSites": ["default", "emea"]}
    config = {**OCTOPUS, "stages": stages, "octopus_servers": [linked]}
    first, test = parse_octopus(config)
    assert (first.site.scope, test.site.scope) == ("", "test/")
    assert (first.stages, test.stages) == (stages, stages)
    assert test.linked_sites == ("default", "emea")


def test_a_scope_sets_a_whole_installation_apart() -> None:
    found = parse_jira({**JIRA, "scope": "acme", "jira_sites": [EMEA]})
    assert [one.site.scope for one in found] == ["acme/", "acme/emea/"]


def test_further_sites_need_no_first_one() -> None:
    (only,) = parse_jira({"jira_sites": [EMEA]})
    assert only.site.label == "emea"
    assert not settings_mistakes({"jira_sites": [EMEA]})


def test_the_button_of_port_signs_in_to_the_first_site_only() -> None:
    config = {"jira_host": JIRA["jira_host"]}
    first, emea = parse_jira({**config, "jira_sites": [EMEA]}, oauth=True)
    assert (first.token, emea.token) == ("", "TOPSECRET")
    without = {name: EMEA[name] for name in ("name", "jiraHost")}
    with pytest.raises(ConfigurationError, match="emea: Jira is configured by half"):
        parse_jira({**config, "jira_sites": [without]}, oauth=True)


def test_nothing_counts_of_a_product_that_is_not_used() -> None:
    assert parse_jira({"jira_sign_in": "Not used", "jira_sites": "{"}) == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("{", "jiraSites is not valid JSON"),
        ({"name": "emea"}, "jiraSites has to be a list of objects"),
        (["emea"], "entry 1: has to be an object, not str"),
        ([{**EMEA, "name": ""}], "entry 1: name has to be written in small"),
        ([{**EMEA, "name": "EMEA"}], "entry 1: name has to be written in small"),
        ([{**EMEA, "name": "default"}], "the name default is taken already"),
        ([EMEA, {**EMEA, "jiraHost": "x.test"}], "entry 2: the name emea is taken"),
        ([{**EMEA, "jiraHots": "x"}], r"there is no jiraHots \(did you mean jiraHost"),
        ([{**EMEA, "atlassianUserToken": ""}], "emea: Jira is configured by half"),
        ([{"name": "emea"}], "emea: set jiraHost, atlassianUserEmail, atlas"),
        ([{**EMEA, "jiraHost": "ftp://x"}], "emea: jiraHost is not a web address"),
        ([{**EMEA, "jiraHost": JIRA["jira_host"]}], "default and emea have the same"),
    ],
)
def test_what_is_wrong_names_the_list_the_site_and_the_setting(
    given: Any, wrong: str
) -> None:
    with pytest.raises(ConfigurationError, match=wrong) as raised:
        parse_jira({**JIRA, "jira_sites": given})
    assert raised.value.settings == ("jiraSites",)
    (mistake,) = settings_mistakes({**JIRA, "jira_sites": given})
    assert str(mistake) == str(raised.value)
    assert "TOPSECRET" not in str(mistake)


def test_a_server_names_sites_that_exist() -> None:
    config = {**JIRA, **OCTOPUS, "jira_sites": [EMEA], "linked_jira_sites": "emae"}
    (mistake,) = settings_mistakes(config)
    assert "linkedJiraSites names no site of Jira: emae (did you mean emea?)" in str(
        mistake
    )


def test_a_scope_is_a_word() -> None:
    with pytest.raises(ConfigurationError, match="scope has to be written"):
        parse_jira({**JIRA, "scope": "Acme Corp"})


def test_no_site_can_sign_for_another_one(no_client: None) -> None:
    config = {**JIRA, **OCTOPUS, "jira_sites": [EMEA]}
    same_key = {**TEST, "octopusApiKey": "API-ONE"}
    found = connect({**config, "octopus_servers": [same_key]}, "shop")
    signing = {site.webhook_secret for site in found.jira}
    posting = {server.webhook_secret("Spaces-1") for server in found.octopus}
    assert len(signing) == len(posting) == 2
    one, other = found.octopus_apis
    assert (one.siblings, other.siblings) == ((other,), (one,))
    assert other.vendor.product == "Octopus Deploy (test)"


def test_secrets_in_lists_are_hidden_in_logs(
    no_client: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden: set[str] = set()
    monkeypatch.setattr("links.connections.hide_in_logs", hidden.update)
    own = {**TEST, "octopusWebhookSecret": "HOOK"}
    connect({**JIRA, "jira_sites": [EMEA], "octopus_servers": [own]}, "shop")
    assert hidden == {"TOPSECRET", "API-TEST", "HOOK"}


@pytest.fixture
def no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build no HTTP client, which needs a running application."""
    for product in ("jira", "octopus"):
        monkeypatch.setattr(f"{product}.connection.build_http", lambda *_, **__: None)


@pytest.mark.parametrize(
    ("identifier", "served"), [(".__scope + .key", ["", "emea"]), (".key", [""])]
)
def test_no_event_of_a_site_reaches_the_entities_of_another_one(
    no_client: None, identifier: str, served: list[str]
) -> None:
    """A mapping from before there were two would take one for the other."""
    mapping = mapped("jira-issue", '"jiraIssue"', identifier=identifier)
    event = WebhookEvent("trace", {}, {})
    found = [
        own.site.name
        for endpoint in endpoints(connect({**JIRA, "jira_sites": [EMEA]}, "shop"))
        for processor in endpoint.processors
        if "jira-issue" in processor.resources
        and "jira:issue_created" in processor.saved_on
        for own in [processor(event)]
        if processor_serves(own, mapping)
    ]
    assert found == served
