"""Learn the keys of Jira's projects, so that issues are found in texts of Octopus."""

import asyncio
from collections.abc import Iterator

from loguru import logger

from client import ApiClient
from core.errors import ApiError, Forbidden
from core.fetch import fetch_parents
from core.trouble import ODD_FORM, describe
from framework.probe import shorten
from jira.connection import sign_in
from jira.resources import PROJECT
from jira.selectors import ProjectScopedSelector
from links.connections import Connections, OctopusServer
from links.issue_keys import JIRA_PROJECTS, NOT_YET
from octopus.settings import LINKED_SITES, SERVERS

# A process without resyncs reads them so often, sooner until the first success.
PROJECTS_SECONDS, UNKNOWN_SECONDS = 600.0, 10.0
(LINKED_SETTING,) = LINKED_SITES.values()

# The ids of a site's projects by key.
type Ids = dict[str, str]


class JiraProjects:
    """What the projects of all sites are called, as each Octopus server is told."""

    def __init__(self, connections: Connections) -> None:
        """Have Octopus wait for Jira's projects, where both products are used."""
        self._sites = connections.jira_apis
        self._servers = connections.octopus if self._sites else ()
        self._known: dict[str, Ids] = {}
        self._named: set[str] = set()
        for server in self._servers:
            server.api.facts[JIRA_PROJECTS] = NOT_YET

    async def learn(self, *, signed_in: frozenset[ApiClient] = frozenset()) -> None:
        """Read the projects again; keep what was known of a site if that fails.

        `signed_in` has the sites that a resync has just signed in to, which cleared
        their caches.
        """
        if not self._servers:
            return
        await asyncio.gather(*(self._try(one, one in signed_in) for one in self._sites))
        for server in self._servers:
            server.api.facts[JIRA_PROJECTS] = self._told(server)

    async def keep_learning(self) -> None:
        """Learn again and again, where both products are used."""
        while self._servers:
            is_known = len(self._known) == len(self._sites)
            await asyncio.sleep(PROJECTS_SECONDS if is_known else UNKNOWN_SECONDS)
            await self.learn()

    async def _try(self, jira: ApiClient, is_signed_in: bool) -> None:
        name = jira.site.label
        try:
            if name not in self._known and not is_signed_in:
                await sign_in(jira)  # it may be unknown yet where the token is valid
            self._known[name] = await read_projects(jira, refresh=not is_signed_in)
        except (ApiError, *ODD_FORM) as error:
            text = "Issue keys of new Jira projects are not found yet"
            logger.warning(f"{text}: {describe(error)}")

    def _told(self, server: OctopusServer) -> str:
        """Return what a server is told, as `links.issue_keys` reads it."""
        names = server.linked_sites or tuple(site.site.label for site in self._sites)
        if any(name not in self._known for name in names):
            return NOT_YET  # a key of a site that is unknown may be another's, too
        return " ".join(sorted(self._pairs(server, names)))

    def _pairs(self, server: OctopusServer, names: tuple[str, ...]) -> Iterator[str]:
        """Yield each project's key and id; the id begins with the scope of its site.

        A key of several sites is the first linked one's. If nobody has said which that
        is, it is nobody's.
        """
        found: dict[str, list[str]] = {}
        for name in names:
            for key in self._known[name]:
                found.setdefault(key, []).append(name)
        disputed: dict[tuple[str, ...], list[str]] = {}
        for key, (first, *others) in found.items():
            if others and not server.linked_sites:
                disputed.setdefault((first, *others), []).append(key)
            else:
                yield f"{key}={self._known[first][key]}"
        for owners, keys in disputed.items():
            self._warn(server, sorted(keys), owners)

    def _warn(
        self, server: OctopusServer, keys: list[str], names: tuple[str, ...]
    ) -> None:
        where = server.api.site.place_in(SERVERS)
        text = (
            f"Issues of {shorten(keys)} are not linked to {server.api.vendor.product}:"
            f" the sites {' and '.join(names)} each have such a project. Set"
            f" {LINKED_SETTING}{where}"
        )
        if text not in self._named:
            self._named.add(text)
            logger.warning(text)


async def read_projects(jira: ApiClient, *, refresh: bool = False) -> Ids:
    """Return the ids of a site's projects by key; raises ApiError."""
    everything = ProjectScopedSelector(query="true")
    projects = await fetch_parents(jira, PROJECT, everything, refresh=refresh)
    scope = jira.site.scope
    found = {p["key"]: f"{scope}{p['id']}" for p in projects if p.get("key")}
    if not found:  # links can't be judged by that, and must not be emptied
        raise Forbidden("Jira shows no project to this credential")
    return found
