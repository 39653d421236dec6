"""Deployment targets, workers and their pools."""

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.spaces import PATH, add, environment_id, slug

HEALTH = ("Healthy", "Healthy", "Healthy", "HasWarnings", "Unhealthy", "Unavailable")
ENDPOINTS: tuple[Item, ...] = (
    {"CommunicationStyle": "TentaclePassive", "Uri": "https://{}:10933/"},
    {"CommunicationStyle": "Ssh", "Host": "{}", "Port": 22},
    {"CommunicationStyle": "KubernetesTentacle"},
    {"CommunicationStyle": "AzureWebApp", "WebAppName": "{}"},
)


def build_infrastructure(draft: Draft) -> None:
    """Spread the targets over the spaces; add workers to each."""
    spaces, policies = list(draft.octopus("spaces")), dict[str, str]()
    for space_id in spaces:
        policy = add(draft, "MachinePolicies", space_id, "Default Machine Policy")
        policies[space_id] = policy["Id"]
        _build_workers(draft, space_id, policy["Id"])
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
        EnvironmentIds=[environment_id(draft, space_id, e) for e in environments],
        Roles=["web"] if number % 2 else ["web", "batch"],
        TenantTags=["Ring/Alpha"] if number % 5 == 4 else [],
        Slug=slug(name),
        **_node(draft, policy_id, endpoint, disabled=number % 11 == 10),
    )
    for id_ in machine["EnvironmentIds"]:
        draft.targets.setdefault(id_, []).append(machine["Id"])


def _node(draft: Draft, policy_id: str, endpoint: Item, *, disabled: bool) -> Item:
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


def _build_workers(draft: Draft, space_id: str, policy_id: str) -> None:
    """Add two pools; the first is empty."""
    pools = [
        add(draft, "WorkerPools", space_id, name, IsDefault=order == 0, SortOrder=order)
        for order, name in enumerate(("Default Worker Pool", "Linux workers"))
    ]
    for number in (1, 2):
        endpoint = {"CommunicationStyle": "TentacleActive"}
        node = _node(draft, policy_id, endpoint, disabled=number == 2)
        ids = [pools[1]["Id"]]
        add(draft, "Workers", space_id, f"worker-{number}", WorkerPoolIds=ids, **node)
