"""Two companies with the same ids and keys, brought by one installation."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from framework.summary import REPORT_FILE
from sandbox.company import ORGANIZATION_ID, Item, Size, build_company
from sandbox.events import Emitter
from sandbox.jira import EMAIL
from sandbox.live import free_port
from sandbox.port import PortSandbox
from sandbox.servers import LOOPBACK, Stands, serve
from sandbox.truth import Catalog, compare
from tests.live_events.running import BRIEF, PATIENCE_SECONDS
from tests.resyncing import Key, Resyncing
from tests.warm import serving

# What the second company's site and server are called in the settings.
SITE, SERVER = "emea", "nordic"
TOKEN, KEY = "second-jira-api-token", "API-SECOND00000000000000000000000"
SCOPES = (f"{SITE}/", f"{SERVER}/")
# A project that only the second company has.
OWN = {"id": "19999", "key": "NORTH", "name": "Up north"}
ISSUE = "NORTH-1"
# What is deleted of each company; nothing else is of these kinds.
DELETED = {
    "first": ("jiraIssue", "octopusWorker"),
    "further": ("jiraTeam", "octopusRunbook"),
}
CONFIG = "OCEAN__INTEGRATION__CONFIG__"
SIZE = Size(
    issues=40,
    users=8,
    boards=5,
    spaces=2,
    octopus_projects=10,
    releases=24,
    deployments=40,
    machines=6,
)


class Part:
    """What the catalog has of one company, by the ids that its vendors gave."""

    def __init__(self, port: PortSandbox, *, is_further: bool) -> None:
        self._port, self._is_further = port, is_further

    @property
    def entities(self) -> Catalog:
        """Return blueprint -> identifier -> entity, all without scopes."""
        return {
            blueprint: {
                without_scopes(identifier): without_scopes(entity)
                for identifier, entity in entities.items()
                if identifier.startswith(SCOPES) == self._is_further
            }
            for blueprint, entities in self._port.entities.items()
        }


@dataclass
class Several:
    """The running integration, and each company as if it were alone."""

    whole: Resyncing
    first: Resyncing
    further: Resyncing
    # Where the stand-ins of the second company are; its Port has nothing to do.
    other: Stands
    # With which another program of this installation is run.
    settings: dict[str, str]
    # A release of the first server that carries the second site's issue.
    carrier: str = ""

    def companies(self) -> tuple[Resyncing, Resyncing]:
        """Return both companies."""
        return self.first, self.further

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post an event; return the answer's status."""
        reply = await self.whole.http.post(url, content=body, headers=headers)
        return reply.status_code

    def complaints(self) -> list[str]:
        """Return what the catalog has wrong, by what each company has."""
        blueprints = self.whole.stands.port.blueprints
        found = [
            text
            for company in self.companies()
            for one in compare(company.stands.company, company.stands.port.entities)
            if one.blueprint in blueprints
            for text in one.complaints
        ]
        # What both servers tell of an issue is more than its own company knows.
        return [text for text in found if not text.startswith(f"{ISSUE} ")]

    def delete(self, spared: str) -> list[set[Key]]:
        """Delete something on three of the four; return of each company what it was."""
        return [
            {
                company.delete(blueprint)
                for blueprint in DELETED[name]
                if not f"{name} {blueprint}".startswith(spared)
            }
            for name, company in zip(DELETED, self.companies(), strict=True)
        ]

    def heal(self) -> None:
        """Let all vendors answer as they should."""
        for company in self.companies():
            company.heal()


def make_different(stands: Stands) -> None:
    """Give a company credentials of its own, and a project with a key of its own."""
    stands.jira.api_tokens, stands.octopus.api_keys = {TOKEN}, {KEY}
    projects, issues = (stands.jira.collections[n] for n in ("project", "issue"))
    shop = next(one for one in projects.values() if one["key"] == "SHOP")
    project = {**shop, **OWN}
    plain = next(i for i in issues.values() if i["key"] == "SHOP-2")
    fields = {**plain["fields"], "project": project, "parent": None}
    fields |= {"fixVersions": [], "components": [], "issuelinks": []}
    issue = {**plain, "id": "99999", "key": ISSUE, "fields": fields}
    stands.jira.put("project", project["id"], project)
    stands.jira.put("issue", issue["id"], issue)


def carry(company: Resyncing, key: str) -> str:
    """Have a release of a company carry one more issue; return the release."""
    octopus, id_ = company.stands.octopus, company.stands.company.example.release_id
    release = octopus.collections["releases"][id_]
    build = {"WorkItems": [{"Id": key, "Source": "Jira"}]}
    builds = [*release["BuildInformation"], build]
    octopus.put("releases", id_, {**release, "BuildInformation": builds})
    return id_


def hooks_of(company: Resyncing) -> list[Item]:
    """Return what is registered in a company's Jira."""
    return [*company.stands.jira.collections["webhook"].values()]


def subscriptions_of(company: Resyncing) -> list[Item]:
    """Return what is registered in a company's Octopus, space by space."""
    found = company.stands.octopus.collections["subscriptions"].values()
    return sorted(found, key=lambda one: str(one["SpaceId"]))


def without_scopes[T](value: T) -> T:
    """Return a value without the scopes in its texts."""
    text = json.dumps(value)
    for scope in SCOPES:
        text = text.replace(scope, "")
    plain: T = json.loads(text)
    return plain


def relations(port: PortSandbox) -> Iterator[tuple[str, str, str]]:
    """Yield the identifier, the relation's name and each end."""
    for entities in port.entities.values():
        for identifier, entity in entities.items():
            for name, value in entity["relations"].items():
                for end in value if isinstance(value, list) else [value]:
                    if end:
                        yield identifier, name, end


def crossing(port: PortSandbox) -> set[tuple[str, str, str]]:
    """Return the relations from one company to the other."""
    return {
        (identifier, name, end)
        for identifier, name, end in relations(port)
        if identifier.startswith(SCOPES) != end.startswith(SCOPES)
    }


def settings_of(first: Stands, stands: Stands) -> dict[str, str]:
    """Return the settings of the first site and server, and of the further ones."""
    site = {
        "name": SITE,
        "jiraHost": stands.jira_url,
        "atlassianUserEmail": EMAIL,
        "atlassianUserToken": TOKEN,
        "atlassianOrganizationId": ORGANIZATION_ID,
    }
    server = {
        "name": SERVER,
        "octopusServerUrl": stands.octopus_url,
        "octopusApiKey": KEY,
        "linkedJiraSites": [SITE],
    }
    return {
        **first.environment(),
        f"{CONFIG}JIRA_SITES": json.dumps([site]),
        f"{CONFIG}OCTOPUS_SERVERS": json.dumps([server]),
    }


@asynccontextmanager
async def several(report: Path, **settings: str) -> AsyncIterator[Several]:
    """Run the integration beside two companies; it resyncs when it is told to."""
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    listener = {"type": "WEBHOOK", "app_host": address}
    own = {"OCEAN__EVENT_LISTENER": json.dumps(listener), REPORT_FILE: str(report)}
    async with (
        serve(build_company(2, size=SIZE)) as stands,
        serve(build_company(3, size=SIZE)) as other,
        serving({**settings_of(stands, other), **settings, **own}, port) as log,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        make_different(other)

        def running(stands: Stands, port: Any) -> Resyncing:
            emit, shown = Emitter(stands, http), replace(stands, port=port)
            return Resyncing(shown, emit, http, log, address, report)

        system = Several(
            running(stands, stands.port),
            running(stands, Part(stands.port, is_further=False)),
            running(other, Part(stands.port, is_further=True)),
            other,
            {**settings_of(stands, other), **settings},
        )
        system.carrier, _ = (carry(one, ISSUE) for one in system.companies())
        system.further.jira_token, system.further.octopus_key = TOKEN, KEY
        await system.whole.until(lambda: system.whole.logged("Uvicorn running on"))
        yield system
