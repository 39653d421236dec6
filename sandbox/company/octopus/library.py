"""What the projects of a space share: lifecycles, accounts, feeds and the like."""

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.spaces import PATH, add, environment_id, plain, slug

# A secret never leaves the server; the reply only tells that there is one.
SECRET: Item = {"HasValue": True, "NewValue": None, "Hint": None}


def build_library(draft: Draft) -> None:
    """Add to each space what its projects share."""
    for space in draft.octopus("spaces").values():
        space_id, name = space["Id"], space["Name"]
        _lifecycle(draft, space_id, "Default Lifecycle", PATH)
        _lifecycle(draft, space_id, "Hotfix Lifecycle", PATH[-1:])
        _accounts(draft, space_id, name)
        _feeds(draft, space_id)
        _certificate(draft, space_id, name)
        for title in ("Connection strings", "Feature switches"):
            add(
                draft,
                "LibraryVariableSets",
                space_id,
                title,
                Description=f"{title} of {name}",
                VariableSetId=f"variableset-{slug(title)}-{space_id}",
            )


def _lifecycle(
    draft: Draft, space_id: str, name: str, environments: tuple[str, ...]
) -> None:
    id_ = f"Lifecycles-{draft.next('Lifecycles')}"
    phases = [
        {
            **plain("phase"),
            "Id": f"{id_}-{number}",
            "Name": environment,
            "OptionalDeploymentTargets": [environment_id(draft, space_id, environment)],
        }
        for number, environment in enumerate(environments)
    ]
    add(draft, "Lifecycles", space_id, name, id_=id_, Phases=phases)


def _accounts(draft: Draft, space_id: str, space: str) -> None:
    kinds: tuple[tuple[str, str, Item], ...] = (
        ("AmazonWebServicesAccount", "AWS", {"AccessKey": "AKIA", "SecretKey": SECRET}),
        ("UsernamePassword", "Registry", {"Username": "pull", "Password": SECRET}),
        ("Token", "Cluster", {"Token": SECRET}),
    )
    for kind, name, details in kinds:
        add(
            draft,
            "Accounts",
            space_id,
            f"{name} of {space}",
            AccountType=kind,
            EnvironmentIds=[environment_id(draft, space_id, "Production")],
            **details,
        )


def _feeds(draft: Draft, space_id: str) -> None:
    builtin = "feeds-builtin" if space_id == "Spaces-1" else None
    for kind, name, id_ in (
        ("BuiltIn", "Octopus Server (built-in)", builtin),
        ("Docker", "Container registry", None),
    ):
        add(
            draft,
            "Feeds",
            space_id,
            name,
            id_=id_,
            FeedType=kind,
            FeedUri=None if kind == "BuiltIn" else "https://registry.webshop.example",
            Username=None if kind == "BuiltIn" else "pull",
            Password=None if kind == "BuiltIn" else SECRET,
        )


def _certificate(draft: Draft, space_id: str, space: str) -> None:
    days = 20 if space_id == "Spaces-1" else -40
    add(
        draft,
        "Certificates",
        space_id,
        f"*.{slug(space)}.webshop.example",
        SubjectDistinguishedName=f"CN=*.{slug(space)}.webshop.example",
        IsExpired=days > 0,
        NotBefore=octopus_time(draft.ago(365 + days)),
        NotAfter=octopus_time(draft.ago(days)),
        Thumbprint=f"{draft.rng.getrandbits(160):040X}",
        EnvironmentIds=[environment_id(draft, space_id, "Production")],
    )
