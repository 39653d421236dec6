"""The pipelines run the image once, with known settings and secrets of their own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.deploy.settings import IMAGE, KNOWN, ROOT, SENSITIVE

CI = ROOT / "deploy" / "ci"
ENTRY = "python -m commands.run_once"
type Settings = dict[str, str]


def load(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text())


def github() -> tuple[Settings, str]:
    (job,) = load("github-actions.yml")["jobs"].values()
    *_, step = job["steps"]
    return job["env"], step["run"]


def gitlab() -> tuple[Settings, str]:
    (job,) = load("gitlab-ci.yml").values()
    settings = {k: v for k, v in job["variables"].items() if k != "GIT_STRATEGY"}
    return settings, " && ".join([job["image"], *job["script"]])


def azure() -> tuple[Settings, str]:
    (job,) = load("azure-pipelines.yml")["jobs"]
    *_, step = job["steps"]
    return step["env"], step["script"]


def jenkins() -> tuple[Settings, str]:
    text = (CI / "Jenkinsfile").read_text()
    settings = dict(re.findall(r"^ +(\w+__\w+) = (.+)$", text, flags=re.M))
    # Single quotes: the shell puts secrets in, not Groovy, which would log them.
    *_, script = re.findall(r"sh '''(.*?)'''", text, flags=re.S)
    return settings, script


PIPELINES = pytest.mark.parametrize(
    ("read", "store"),
    [
        (github, r"\$\{\{ secrets\.[A-Z_]+ \}\}"),
        (gitlab, r"\$[A-Z_]+"),
        (azure, r"\$\([A-Z_]+\)"),
        (jenkins, r"credentials\('[a-z-]+'\)"),
    ],
)


def test_all_files_are_tested() -> None:
    names = ["Jenkinsfile", "azure-pipelines.yml", "github-actions.yml"]
    assert sorted(path.name for path in CI.iterdir()) == [*names, "gitlab-ci.yml"]


@PIPELINES
def test_the_image_runs_once(
    read: Callable[[], tuple[Settings, str]], store: str
) -> None:
    _, script = read()
    assert f"/{IMAGE} " in script
    assert script.strip().endswith(ENTRY)
    assert (ROOT / f"{ENTRY.split()[-1].replace('.', '/')}.py").is_file()


@PIPELINES
def test_settings_are_known_complete_and_handed_on(
    read: Callable[[], tuple[Settings, str]], store: str
) -> None:
    settings, script = read()
    example = (ROOT / ".env.example").read_text()
    usual = set(re.findall(r"^(OCEAN__\w+)=", example, flags=re.M))
    of_services = {"OCEAN__EVENT_LISTENER", "OCEAN__SCHEDULED_RESYNC_INTERVAL"}
    assert settings.keys() == usual - of_services
    assert settings.keys() <= KNOWN
    if "docker run" in script:
        assert set(re.findall(r"-e (\S+)", script)) == settings.keys()


@PIPELINES
def test_secrets_come_from_the_store(
    read: Callable[[], tuple[Settings, str]], store: str
) -> None:
    settings, _ = read()
    assert len(settings.keys() & SENSITIVE) == 5
    for name in settings.keys() & SENSITIVE:
        assert re.fullmatch(store, settings[name]), name


def test_every_pipeline_has_a_schedule_a_button_and_no_twin() -> None:
    actions = load("github-actions.yml")
    assert actions["on"].keys() == {"schedule", "workflow_dispatch"}
    assert actions["concurrency"]["group"]
    job = load("gitlab-ci.yml")["resync"]
    assert [re.findall('"(.*)"', rule["if"]) for rule in job["rules"]] == [
        ["schedule"],
        ["web"],
    ]
    assert job["resource_group"]
    pipeline = load("azure-pipelines.yml")
    (schedule,) = pipeline["schedules"]
    assert (pipeline["trigger"], schedule["always"]) == ("none", True)
    # `batch` would only keep schedules apart; the lock is that of the variable group.
    assert pipeline["lockBehavior"] == "sequential" and "batch" not in schedule
    assert pipeline["variables"] == [{"group": "port-resync"}]
    jenkinsfile = (CI / "Jenkinsfile").read_text()
    assert "triggers { cron(" in jenkinsfile
    assert "disableConcurrentBuilds()" in jenkinsfile


@pytest.mark.parametrize("name", ["github-actions.yml", "azure-pipelines.yml"])
def test_the_password_of_the_registry_is_on_no_command_line(name: str) -> None:
    text = (CI / name).read_text()
    assert 'printf %s "$REGISTRY_PASSWORD" | docker login' in text
    assert "--password-stdin" in text and "--password " not in text
