"""Examples for other platforms: known settings, secrets from a store, one process."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from port_ocean.config.settings import IntegrationConfiguration

from framework.settings import config_mistakes
from tests.deploy.settings import IMAGE, KNOWN, ROOT, SENSITIVE
from tests.deploy.test_helm import CHART, FILES, leaves
from tests.test_documents import PAGES

DEPLOY = ROOT / "deploy"


def ecs() -> tuple[dict[str, str], dict[str, str], str]:
    text = (DEPLOY / "ecs/task-definition.json").read_text()
    (container,) = json.loads(text)["containerDefinitions"]
    plain = {one["name"]: one["value"] for one in container["environment"]}
    secrets = {one["name"]: one["valueFrom"] for one in container["secrets"]}
    return plain, secrets, container["image"]


def azure() -> tuple[dict[str, str], dict[str, str], str]:
    app = yaml.safe_load((DEPLOY / "azure/container-app.yaml").read_text())
    (container,) = app["properties"]["template"]["containers"]
    stored = {one["name"] for one in app["properties"]["configuration"]["secrets"]}
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    secrets = {
        one["name"]: one["secretRef"] for one in container["env"] if "secretRef" in one
    }
    assert set(secrets.values()) == stored
    return plain, secrets, container["image"]


@pytest.mark.parametrize("read", [ecs, azure])
def test_settings_are_known_and_secrets_come_from_a_store(read: Any) -> None:
    plain, secrets, image = read()

    assert image.endswith(f"/{IMAGE}")
    assert plain.keys() | secrets.keys() <= KNOWN
    assert secrets.keys() <= SENSITIVE and len(secrets) == 5
    assert plain.keys().isdisjoint(SENSITIVE)
    assert json.loads(plain["OCEAN__EVENT_LISTENER"]) == {"type": "POLLING"}


def test_the_folder_that_is_written_to_is_mounted() -> None:
    task = json.loads((DEPLOY / "ecs/task-definition.json").read_text())
    (container,) = task["containerDefinitions"]
    (mount,) = container["mountPoints"]
    assert container["readonlyRootFilesystem"] is True
    assert mount == {"sourceVolume": task["volumes"][0]["name"]} | {
        "containerPath": "/tmp/ocean"
    }
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())[
        "services"
    ].values()
    assert (service["read_only"], service["tmpfs"]) == (True, ["/tmp/ocean"])
    assert service["image"] == IMAGE
    assert service["environment"].keys() <= KNOWN - SENSITIVE


def test_no_platform_starts_two_processes_with_resyncs() -> None:
    app = yaml.safe_load((DEPLOY / "azure/container-app.yaml").read_text())
    scale = app["properties"]["template"]["scale"]
    assert scale == {"minReplicas": 1, "maxReplicas": 1}


def test_argo_takes_the_chart_and_our_values() -> None:
    app = yaml.safe_load((DEPLOY / "argocd/application.yaml").read_text())
    chart, values = app["spec"]["sources"]
    text = (ROOT / "docs/installation.md").read_text()
    assert f'--version "{chart["targetRevision"]}"' in text
    assert chart["repoURL"] in text
    for file in chart["helm"]["valueFiles"]:
        name, _, path = file.partition("/")
        assert name == f"${values['ref']}"
        assert (ROOT / path).is_file()


PAGE = (ROOT / "docs/company.md").read_text()


def samples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_values_of_the_page_are_keys_of_the_chart() -> None:
    keys = {key for key in CHART if not key.startswith("#")}
    free = tuple(key[:-1] for key in keys if key.endswith(".*"))
    values = [yaml.safe_load(text) for text in samples("yaml") if "steps:" not in text]
    assert len(values) == 4
    for one in values:
        for key, _ in leaves(one):
            assert key in keys or key.startswith(free), key


def test_the_settings_of_redis_and_of_json_are_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (text,) = [t for t in samples("text") if "REDIS" in t]
    for line in text.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OCEAN__LIVE_EVENTS__REDIS__ENABLE_TLS", "true")
    (sample,) = samples("json")
    monkeypatch.setenv("OCEAN__INTEGRATION", sample)
    port = {"client_id": "x", "client_secret": "x"}
    accepted = IntegrationConfiguration(port=port)  # type: ignore[arg-type]

    assert accepted.live_events.redis.url.startswith("rediss://")
    assert config_mistakes(accepted.integration.config) == []


# charts/port-ocean/templates of https://github.com/port-labs/helm-charts: what
# _helpers.tpl appends to "port-ocean.metadataNamePrefix", and how long it may be.
SUFFIXES = {
    "deployment": ("(-le|-ap)?-deployment", 63),
    "cronjob": ("-incr-cron", 52),
}


def test_the_names_of_pods_are_those_of_the_chart() -> None:
    rows = re.findall(r"^\| `(values[\w.-]*)` \| .* \| `(.*)` \|$", PAGE, flags=re.M)
    assert {file for file, _ in rows} == {path.name for path in FILES}
    for file, one in rows:
        base = "values-production.yaml" if "values-" in file else file
        values = yaml.safe_load((DEPLOY / "helm" / base).read_text())["integration"]
        kind, _, name = one.partition("/")
        suffix, longest = SUFFIXES[kind]
        prefix = f"ocean-{values['type']}-{values['identifier']}"
        assert re.fullmatch(prefix + suffix, name) and len(name) <= longest, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_name_pods_that_there_are(page: Path) -> None:
    known = set(re.findall(r"`((?:deployment|cronjob)/.*)` \|$", PAGE, flags=re.M))
    named = re.findall(r"(?:deployment|cronjob)/ocean-[\w-]+", page.read_text("utf-8"))
    assert set(named) <= known


def test_the_release_that_is_restarted_is_the_one_that_is_installed() -> None:
    installation = (ROOT / "docs/installation.md").read_text()
    (release,) = re.findall(r"app.kubernetes.io/instance=(\S+)", PAGE)
    assert f"helm upgrade --install {release} " in installation
