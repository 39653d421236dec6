"""All that is wrong with the settings is said at once, before anything starts."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from commands.settings import read_settings
from framework import settings
from framework.settings import EXAMPLES, SettingsMistake, variable_of
from tests.changed import ROOT

CONFIG = "OCEAN__INTEGRATION__CONFIG__"
GOOD = {
    "OCEAN__PORT__CLIENT_ID": "id",
    "OCEAN__PORT__CLIENT_SECRET": "hidden-secret",
    f"{CONFIG}JIRA_HOST": "https://example.atlassian.net",
    f"{CONFIG}ATLASSIAN_USER_EMAIL": "jane@example.com",
    f"{CONFIG}ATLASSIAN_USER_TOKEN": "hidden-token",
    f"{CONFIG}OCTOPUS_SERVER_URL": "https://example.octopus.app",
    f"{CONFIG}OCTOPUS_API_KEY": "API-HIDDEN",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where the program finds its declarations, and no file `.env`."""
    for name in (".port", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)


def complaint(monkeypatch: pytest.MonkeyPatch, **settings: str) -> str:
    monkeypatch.setattr(os, "environ", {**GOOD, **settings})
    with pytest.raises(SettingsMistake) as caught:
        read_settings()
    assert "hidden" not in str(caught.value).lower()
    return str(caught.value)


def test_good_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", GOOD)
    assert read_settings().port.client_id == "id"


def test_everything_wrong_is_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        f"{CONFIG}INCREMENTAL_LOOK_SECONDS": "abc",
        f"{CONFIG}OCTOPUS_API_KEY": "",
        f"{CONFIG}JIRA_HOST": "http://jira.example.com",
        f"{CONFIG}STAGES": "production",
        "OCEAN__PORT__CLIENT_SECRET": " ",
        "OCEAN__SCHEDULED_RESYNC_INTERVAL": "6h",
        "APPLICATION__LOG_LEVEL": "loud",
    }

    text = complaint(monkeypatch, **wrong)

    assert all(f"({name})" in text for name in wrong if "SECRET" not in name), text
    assert "incrementalLookSeconds" in text and "valid integer" in text
    assert "Octopus Deploy is configured by half: set octopusApiKey" in text
    assert f"Example: {CONFIG}INCREMENTAL_LOOK_SECONDS=300" in text
    assert len(text.splitlines()) < 40


def test_empty_credentials_of_port_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text = complaint(monkeypatch, OCEAN__PORT__CLIENT_SECRET=" ")

    assert text.startswith("one thing is wrong with the settings")
    assert "port.clientSecret (OCEAN__PORT__CLIENT_SECRET)\n    is empty" in text


def test_missing_credentials_of_port_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {name: value for name, value in GOOD.items() if "PORT__" not in name}
    monkeypatch.setattr(os, "environ", own)

    with pytest.raises(SettingsMistake, match="OCEAN__PORT__CLIENT_ID") as caught:
        read_settings()

    assert "OCEAN__PORT__CLIENT_SECRET" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OCEAN__EVENT_LISTENER", '{"type":"ALWAYS"}', "none of the forms"),
        ("OCEAN__EVENT_LISTENER", "{POLLING", "none of the forms"),
        ("OCEAN__INTEGRATION", '{"config":', "is not valid JSON"),
        ("OCEAN__PORT__BASE_URL", "api.getport.io", "valid URL"),
        (f"{CONFIG}SHOW_API_PAGES", "maybe", "valid boolean"),
        (f"{CONFIG}JIRA_SIGN_IN", "password", "must be one of: API token, Not used"),
    ],
)
def test_one_mistake_is_one_complaint(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    text = complaint(monkeypatch, **{variable: value})

    assert text.startswith("one thing is wrong with the settings"), text
    assert f"({variable})" in text and words in text


EMEA = {
    "name": "emea",
    "jiraHost": "https://emea.atlassian.net",
    "atlassianUserEmail": "jane@example.com",
    "atlassianUserToken": "hidden-token",
}


@pytest.mark.parametrize(
    ("sites", "words"),
    [
        ([{**EMEA, "atlassianUserToken": ""}], "emea: Jira is configured by half"),
        ([{"name": "emea"}], "emea: set jiraHost, atlassianUserEmail, atlassianUser"),
        ([EMEA, {**EMEA, "jiraHost": "b.atlassian.net"}], "entry 2: the name emea is"),
        (
            [{**EMEA, "jiraHost": GOOD[f"{CONFIG}JIRA_HOST"]}],
            "default and emea have the same address https://example.atlassian.net",
        ),
        (EMEA, "valid list"),
        ("[" + json.dumps(EMEA), "valid list"),
    ],
    ids=["half", "name only", "equal names", "same address", "no list", "no JSON"],
)
def test_one_mistake_in_a_list_is_one_complaint_without_secrets(
    monkeypatch: pytest.MonkeyPatch, sites: Any, words: str
) -> None:
    given = sites if isinstance(sites, str) else json.dumps(sites)
    text = complaint(monkeypatch, **{f"{CONFIG}JIRA_SITES": given})

    assert text.startswith("one thing is wrong with the settings"), text
    assert f"({CONFIG}JIRA_SITES)" in text and words in text


def test_a_name_in_json_that_would_be_ignored_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = {name: value for name, value in GOOD.items() if "PORT__" in name}
    config = '{"config": {"jiraHost": "https://example.atlassian.net"}}'
    monkeypatch.setattr(os, "environ", {**port, "OCEAN__INTEGRATION": config})

    with pytest.raises(SettingsMistake, match="it is written jira_host"):
        read_settings()


def test_several_ways_to_sign_in_are_one_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = complaint(monkeypatch, **{f"{CONFIG}OCTOPUS_ACCESS_TOKEN": "hidden"})

    assert text.count("several ways to sign in") == 1


def test_each_example_belongs_to_a_setting() -> None:
    documented = (ROOT / "docs/configuration.md").read_text()

    for name in EXAMPLES:
        assert (name if name.isupper() else variable_of(name)) in documented, name


def test_a_cache_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(settings, "CACHE", tmp_path / "file" / "cache")

    text = complaint(monkeypatch)
    monkeypatch.setattr(
        os, "environ", {**GOOD, "OCEAN__CACHING_STORAGE_MODE": "memory"}
    )

    assert "can't be written to: Not a directory. Mount a folder there" in text
    assert "Example: OCEAN__CACHING_STORAGE_MODE=memory" in text
    assert read_settings().caching_storage_mode == "memory"
