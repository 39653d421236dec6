"""The values for Helm mean something to Port's chart, and to the framework."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from humps import decamelize
from port_ocean.config.settings import IntegrationConfiguration

from tests.deploy.settings import (
    CONFIGURATIONS,
    IMAGE,
    KNOWN,
    OWN,
    ROOT,
    SENSITIVE,
    variable,
)

HELM = ROOT / "deploy" / "helm"
FILES = sorted(HELM.glob("*.yaml"))
CHART = Path(__file__).with_name("chart-keys.txt").read_text().splitlines()
type Values = dict[str, Any]


def load(name: str) -> Values:
    values: Values = yaml.safe_load((HELM / name).read_text())
    return values


def leaves(values: Values, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with the dotted path of its key; a list is a value."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def merged(below: Values, above: Values) -> Values:
    """Lay one file of values over another, as Helm does."""
    both = {key: (below[key], above[key]) for key in below.keys() & above.keys()}
    deep = {k: merged(*v) for k, v in both.items() if isinstance(v[1], dict)}
    return {**below, **above, **deep}


PRODUCTION = load("values-production.yaml")
REDIS = merged(PRODUCTION, load("values-redis.yaml"))
INCREMENTAL = merged(PRODUCTION, load("values-incremental.yaml"))
ACTIONS = merged(PRODUCTION, load("values-actions.yaml"))
INSTALLATIONS = pytest.mark.parametrize(
    "values",
    [load("values.yaml"), PRODUCTION, REDIS, INCREMENTAL, ACTIONS],
    ids=["start", "split", "redis", "incremental", "actions"],
)


def test_all_files_are_tested() -> None:
    names = ["actions", "incremental", "production", "redis"]
    assert [path.name for path in FILES] == [
        *(f"values-{name}.yaml" for name in names),
        "values.yaml",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_chart_has_every_key(path: Path) -> None:
    plain = {key for key in CHART if not key.startswith("#")}
    free = tuple(key[:-1] for key in plain if key.endswith(".*"))
    for key, _ in leaves(yaml.safe_load(path.read_text())):
        assert key in plain or key.startswith(free), f"the chart has no {key}"


@INSTALLATIONS
def test_the_mapping_can_not_read_the_secrets_of_a_pod(values: Values) -> None:
    # The chart sets the variable in any case, and to true unless this is there.
    assert values["allowEnvironmentVariablesJqAccess"] is False


@INSTALLATIONS
def test_every_setting_is_known_and_no_secret_is_written_down(values: Values) -> None:
    settings = values["integration"]["config"]
    assert {variable(name) for name in settings} <= KNOWN - SENSITIVE
    # The chart writes lists and objects in a syntax that only some of its pods parse.
    assert not any(isinstance(value, list | dict) for value in settings.values())
    assert "secrets" not in values["integration"]
    assert {"clientId", "clientSecret"}.isdisjoint(values["port"])
    assert {each["name"] for each in values.get("extraEnv", [])} <= KNOWN - SENSITIVE


@INSTALLATIONS
def test_the_framework_accepts_the_settings(
    values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in values.get("extraEnv", []):
        monkeypatch.setenv(each["name"], each["value"])
    # What the chart would otherwise leave of its own listener.
    listener = {"brokers": "b-1:9196", **values["integration"]["eventListener"]}
    accepted = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration=values["integration"],
        event_listener=listener,  # type: ignore[arg-type]
        scheduled_resync_interval=values["scheduledResyncInterval"],
        base_url=values.get("liveEvents", {}).get("baseUrl"),
    )
    assert accepted.event_listener.type.value == "POLLING"
    assert accepted.metrics.enabled is bool(values.get("extraEnv"))


@INSTALLATIONS
def test_the_image_is_of_this_version(values: Values) -> None:
    assert values["image"] == IMAGE


@INSTALLATIONS
def test_pods_have_no_rights(values: Values) -> None:
    assert values["podSecurityContext"]["runAsNonRoot"] is True
    container = values["containerSecurityContext"]
    assert container["allowPrivilegeEscalation"] is False
    assert container["readOnlyRootFilesystem"] is True
    assert container["capabilities"] == {"drop": ["ALL"]}
    # OpenShift chooses the user.
    assert "runAsUser" not in container | values["podSecurityContext"]


@INSTALLATIONS
def test_the_chart_does_not_turn_settings_around(values: Values) -> None:
    # `false` becomes `true` there, or reaches one of the pods only.
    keys = {key for key, _ in leaves(values)}
    assert keys.isdisjoint({"lakehouseEnabled", "sendRawDataExamples"})
    assert not any(key.startswith("integration.extraConfig") for key in keys)
    # Without a service, the chart leaves out limits and security contexts, too.
    assert keys.isdisjoint({"service.enabled", "liveEvents.service.enabled"})


def test_production_is_split() -> None:
    assert PRODUCTION["workload"]["kind"] == "Deployment"
    assert PRODUCTION["workload"]["deployment"]["rolloutStrategy"] == "Recreate"
    events = PRODUCTION["liveEvents"]
    # Several would not keep the order of events.
    assert events["worker"].items() >= {"enabled": True, "replicaCount": 1}.items()
    assert PRODUCTION["incrementalSync"]["enabled"] is False
    assert PRODUCTION["secret"] == {"create": False, "name": "jira-octopus"}
    for part in (PRODUCTION, events["worker"]):
        assert part["resources"].keys() == {"requests", "limits"}


def test_incremental_runs_look_back_as_far_as_they_are_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = INCREMENTAL["incrementalSync"]
    assert job["enabled"] is True
    minutes = job["extraConfig"]["OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL"]
    assert job["interval"] == f"*/{minutes} * * * *"
    assert set(job["extraConfig"]) <= KNOWN - SENSITIVE
    for name, value in job["extraConfig"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED", "true")
    accepted = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
        event_listener={"type": "ONCE"},  # type: ignore[arg-type]
    )
    assert accepted.integration.incremental_sync_enabled
    assert accepted.integration.incremental_sync_interval == int(minutes)


def test_events_from_outside_reach_nothing_but_webhooks() -> None:
    events, ingress = PRODUCTION["liveEvents"], PRODUCTION["liveEvents"]["ingress"]
    assert ingress["path"] == "/integration/webhook"
    assert events["baseUrl"] == f"https://{ingress['host']}"
    assert ingress["tls"][0]["hosts"] == [ingress["host"]]


def test_with_redis_nothing_is_posted_to_pods_that_would_not_handle_it() -> None:
    events = REDIS["liveEvents"]
    assert events["isRedisStreamConsumerEnabled"] is True
    assert events["worker"]["enabled"] is True
    assert events["ingress"]["enabled"] is False
    # The framework finds the stream by this part of the address.
    assert re.search(r"/live-events/[0-9a-f-]{36}$", events["baseUrl"])


@pytest.mark.parametrize("values", [PRODUCTION, REDIS], ids=["split", "redis"])
def test_every_secret_is_made_by_a_command_of_the_documentation(values: Values) -> None:
    text = (ROOT / "docs" / "installation.md").read_text()
    made = set(re.findall(r"create secret (?:generic|docker-registry) (\S+)", text))
    names = values["secret"]["name"]
    used = {*names} if isinstance(names, list) else {names}
    used |= {each["name"] for each in values["imagePullSecrets"]}
    assert used <= made


def texts() -> list[Path]:
    """Return everything by which people set the integration up."""
    places = [ROOT / "deploy", ROOT / "docs"]
    found = [p for place in places for p in place.rglob("*") if p.is_file()]
    found = [path for path in found if path.suffix != ".png"]
    return [*found, ROOT / "README.md", ROOT / ".env.example", ROOT / "Makefile"]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_every_documented_variable_is_known(path: Path) -> None:
    told = re.findall(r"\b(?:OCEAN|APPLICATION)__[A-Z_]*[A-Z]", path.read_text())
    assert set(told) <= KNOWN, path


def test_the_commands_of_the_documentation_fit_the_files() -> None:
    text = (ROOT / "docs" / "installation.md").read_text()
    assert set(re.findall(r"jira-octopus:[\w.-]+", text)) == {IMAGE}
    values = set(re.findall(r"--values (\S+)", text))
    assert values == {str(path.relative_to(ROOT)) for path in FILES}
    plain = {key for key in CHART if not key.startswith("#")}
    for key, _ in re.findall(r"--set(?:-string)? ([\w.]+)=(\S+)", text):
        secret = key.removeprefix("integration.secrets.")
        assert key in plain or variable(secret) in SENSITIVE, key
    for path in re.findall(r"\]\(\.\./([\w./-]+)", text):
        assert (ROOT / path).is_file(), path


def test_variables_are_recognised() -> None:
    assert "OCEAN__LIVE_EVENTS__REDIS__URL" in KNOWN
    assert "OCEAN__SSL__THIRD_PARTY__VERIFY" in KNOWN
    assert f"{OWN}OCTOPUS_SERVER_URL" in KNOWN
    assert {"OCEAN__PORT__CLIENTID", f"{OWN}JIRA_HOSTS"}.isdisjoint(KNOWN)
    assert len(CONFIGURATIONS) > 5


def test_the_framework_accepts_the_pod_of_actions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    own = ACTIONS["actionsProcessor"]
    settings = {decamelize(name): value for name, value in own["extraConfig"].items()}
    accepted = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration=ACTIONS["integration"],
        # What the chart gives to the worker.
        event_listener={"type": "ACTIONS_ONLY"},  # type: ignore[arg-type]
        actions_processor={"enabled": own["enabled"], **settings},  # type: ignore[arg-type]
    )
    assert own["worker"]["enabled"] is True
    assert accepted.actions_processor.enabled
    assert accepted.actions_processor.workers_count == 5
    assert accepted.event_listener.should_run_actions
    assert not accepted.event_listener.should_process_webhooks
