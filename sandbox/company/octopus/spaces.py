"""Spaces, the people and teams of the server, and the environments of each space."""

import re
from copy import copy
from functools import cache
from pathlib import Path

import yaml

from sandbox.company.base import Draft, Item
from sandbox.contracts import contract

# The order of environments that have none: the largest integer.
MAX_ORDER = 2_147_483_647
NEVER = "0001-01-01T00:00:00.000+00:00"
SPACES = ("Default", "Payments", "Data Platform")
# The last space of the company is closed to most and its queue is stopped.
PRIVATE = "Data Platform"
ENVIRONMENTS = (
    "Development",
    "Test",
    "Integration",
    "QA",
    "Performance",
    "Staging",
    "Acceptance",
    "Demo",
    "Training",
    "Production",
    "Disaster Recovery",
    "Playground",
)
# The way of an ordinary release.
PATH = ("Development", "Staging", "Production")
# An environment of a pull request, and its parent.
EPHEMERAL, PARENT = "pr-17", "Test Previews"
USERS = (
    ("web-1", "Web Developer 1", False),
    ("web-2", "Web Developer 2", False),
    ("payments-1", "Payments Developer 1", False),
    ("data-1", "Data Engineer 1", False),
    ("platform-1", "Platform Engineer 1", False),
    ("build-server", "Build Server", True),
    ("port-reader", "Port Reader", True),
)
# The service account that reads for the catalog.
READER = "Users-7"


def slug(name: str) -> str:
    """Return a name as it appears in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def add(
    draft: Draft,
    prefix: str,
    space_id: str | None,
    name: str,
    *,
    web: str | None = None,
    id_: str | None = None,
    **fields: object,
) -> Item:
    """Add an item to a collection: see `plain`; return it.

    The collection has the name of the prefix that its ids begin with. `web` is the
    page's path in the portal, with `{}` where the id belongs. Recordings of servers
    have it for few things only.
    """
    id_ = id_ or f"{prefix}-{draft.next(prefix)}"
    collection = prefix.lower()
    home = f"/api/{space_id}" if space_id else "/api"
    links = {"Self": f"{home}/{collection}/{id_}"}
    if web is not None:
        links["Web"] = f"/app#/{web.format(id_)}"
    shape = _shapes()[collection]
    common = {"Id": id_, "SpaceId": space_id, "Name": name, "Links": links}
    item = {**plain(collection), **contract("octopus").keep(shape, common), **fields}
    draft.octopus(collection)[id_] = item
    return item


def plain(collection: str) -> Item:
    """Return what items of a collection or a shape have alike, else nothing."""
    alike = {name: copy(value) for name, value in _alike().get(collection, {}).items()}
    shape = _shapes().get(collection, collection)
    return {**contract("octopus").empty(shape), **alike}


@cache
def _alike() -> dict[str, Item]:
    text = Path(__file__).with_name("alike.yml").read_text("utf-8")
    found: dict[str, Item] = yaml.safe_load(text)
    return found


@cache
def _shapes() -> dict[str, str]:
    """Return the shape of the items in each collection."""
    rows = [row for row in contract("octopus").endpoints if row.method == "GET"]
    single = {row.path.split("/")[-2]: row.reply for row in rows if row.path[-1] == "}"}
    return single | {r.path.rpartition("/")[2]: r.rows for r in rows if r.rows}


def build_spaces(draft: Draft) -> None:
    """Add users, teams, spaces, and environments in each."""
    for name, display, service in USERS:
        add(
            draft,
            "Users",
            None,
            display,
            Username=name,
            DisplayName=display,
            IsService=service,
            EmailAddress=None if service else f"{name}@webshop.example",
            CanPasswordBeEdited=not service,
        )
    _team(draft, "teams-administrators", "Octopus Administrators", None)
    _team(draft, "teams-everyone", "Everyone", None)
    for number in range(draft.size.spaces):
        name = SPACES[number] if number < len(SPACES) else f"Area {number + 1}"
        _build_space(draft, name, first=number == 0)


def _build_space(draft: Draft, name: str, *, first: bool) -> None:
    id_ = f"Spaces-{draft.next('Spaces')}"
    _team(draft, f"teams-spacemanagers-{id_}", "Space Managers", id_)
    _team(draft, None, f"{name} deployers", id_)
    draft.octopus("spaces")[id_] = {
        "Id": id_,
        "Name": name,
        "Slug": slug(name),
        "Description": f"Deliveries of {name.lower()}",
        "IsDefault": first,
        "TaskQueueStopped": name == PRIVATE,
        "SpaceManagersTeams": [f"teams-spacemanagers-{id_}"],
        "SpaceManagersTeamMembers": ["Users-5"],
        "LastModifiedOn": NEVER,
        "Links": {
            "Self": f"/api/spaces/{id_}",
            "Web": f"/app#/spaces/{id_}",
            "SpaceHome": f"/api/{id_}",
        },
    }
    _build_environments(draft, id_, name, first=first)


def _build_environments(draft: Draft, id_: str, name: str, *, first: bool) -> None:
    wanted = ENVIRONMENTS[: draft.size.environments] if first else PATH
    for order, environment in enumerate(wanted):
        add(
            draft,
            "Environments",
            id_,
            environment,
            Slug=slug(environment),
            Description=f"{environment} of {name}" if order % 2 else None,
            SortOrder=order,
            UseGuidedFailure=environment == "Production",
            AllowDynamicInfrastructure=environment != "Production",
        )
    if first:
        _build_ephemeral(draft, id_)


def _build_ephemeral(draft: Draft, space_id: str) -> None:
    """Add an environment of a pull request, and its parent."""
    parent = None
    for number, name, type_ in (901, PARENT, "Parent"), (902, EPHEMERAL, "Ephemeral"):
        id_ = f"Environments-{number}"
        draft.octopus("environments")[id_] = {
            "Id": id_,
            "SpaceId": space_id,
            "Name": name,
            "Slug": slug(name),
            "Description": None,
            "Type": type_,
            "SortOrder": MAX_ORDER,
            "UseGuidedFailure": False,
            "EnvironmentTags": [],
            **({"ParentEnvironmentId": parent} if parent else {}),
        }
        parent = id_


def _team(draft: Draft, id_: str | None, name: str, space_id: str | None) -> None:
    number = draft.rng.randint(1, 4)
    team = add(
        draft,
        "Teams",
        space_id,
        name,
        id_=id_,
        MemberUserIds=[f"Users-{n}" for n in range(1, number + 1)],
        CanBeDeleted=id_ is None,
        CanBeRenamed=id_ is None,
    )
    # Teams are the server's, so no space is in their address.
    team["Links"] = {"Self": f"/api/teams/{team['Id']}"}


def environment_id(draft: Draft, space_id: str, name: str) -> str:
    """Return the id of an environment of a space."""
    if not draft.environments:
        for id_, environment in draft.octopus("environments").items():
            draft.environments[environment["SpaceId"], environment["Name"]] = id_
    return draft.environments[space_id, name]
