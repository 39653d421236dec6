"""Deployment targets, workers and their pools."""

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.spaces import PATH, add, environment_named, slug

HEALTH = ("Healthy", "Healthy", "Healthy", "HasWarnings", "Unhealthy", "Unavailable")
ENDPOINTS: tuple[Item, ...] = (
    {"CommunicationStyle": "TentaclePassive", "Uri": "https://{}:10933/"},
    {"CommunicationStyle": "Ssh", "Host": "{}", "Port": 22},
    {"CommunicationStyle": "KubernetesTentacle"},
    {"CommunicationStyle": "AzureWebApp", "WebAppName": "{}"},
)


def build_infrastructure(draft: Draft) -> None:
    """Spread the targets over the spaces; add workers to each."""
    spaces = list(draft.octopus("spaces"))
    for space_id in spaces:
        add(draft, "MachinePolicies", space_id, "Default Machine Policy")
        _build_workers(draft, space_id)
    policies = {
        policy["SpaceId"]: policy["Id"]
        for policy in draft.octopus("machinepolicies").values()
    }
    for number in range(draft.size.machines):
        # The first space has half of the targets.
        space_id = spaces[0] if number % 2 else spaces[number // 2 % len(spaces)]
        _machine(draft, number, space_id, policies[space_id])


def _machine(draft: Draft, number: int, space_id: str, policy_id: str) -> None:
    environment = PATH[number % len(PATH)]
    name = f"{environment.lower()[:4]}-web-{number + 1}"
    environments = [environment]
    if number % 7 == 3:
        environments = ["Development", "Staging"]
    kind = ENDPOINTS[number % len(ENDPOINTS)]
    endpoint = {
        key: value.format(name) if isinstance(value, str) else value
        for key, value in kind.items()
    }
    machine = add(
        draft,
        "Machines",
        space_id,
        name,
        EnvironmentIds=[
            environment_named(draft, space_id, e)["Id"] for e in environments
        ],
        Roles=["web"] if number % 2 else ["web", "batch"],
        TenantedDeploymentParticipation="Untenanted",
        TenantTags=["Ring/Alpha"] if number % 5 == 4 else [],
        Slug=slug(name),
        OperatingSystemVersion="",
        **_node(draft, policy_id, endpoint, disabled=number % 11 == 10),
    )
    for environment_id in machine["EnvironmentIds"]:
        draft.targets.setdefault(environment_id, []).append(machine["Id"])


def _node(
    draft: Draft, policy_id: str, endpoint: Item, *, disabled: bool = False
) -> Item:
    """Return what targets and workers have in common."""
    checked = draft.ago(draft.rng.uniform(0.01, 0.1))
    return {
        "IsDisabled": disabled,
        "HealthStatus": draft.rng.choice(HEALTH),
        "StatusSummary": f"Last checked: {octopus_time(checked)}",
        "MachinePolicyId": policy_id,
        "Thumbprint": f"{draft.rng.getrandbits(160):040X}",
        "Uri": endpoint.get("Uri"),
        "Endpoint": {**endpoint, "Links": {}},
    }


def _build_workers(draft: Draft, space_id: str) -> None:
    for name, default in (("Default Worker Pool", True), ("Linux workers", False)):
        pool = add(
            draft,
            "WorkerPools",
            space_id,
            name,
            IsDefault=default,
            SortOrder=0 if default else 1,
        )
        if not default:
            _build_worker(draft, space_id, pool["Id"])


def _build_worker(draft: Draft, space_id: str, pool_id: str) -> None:
    policy = next(
        policy
        for policy in draft.octopus("machinepolicies").values()
        if policy["SpaceId"] == space_id
    )
    for number in (1, 2):
        name = f"worker-{number}"
        endpoint = {"CommunicationStyle": "TentacleActive"}
        add(
            draft,
            "Workers",
            space_id,
            name,
            WorkerPoolIds=[pool_id],
            **_node(draft, policy["Id"], endpoint, disabled=number == 2),
        )
