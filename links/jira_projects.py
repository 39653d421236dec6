"""Learn the keys of Jira's projects, so that issues are found in texts of Octopus."""

import asyncio

from loguru import logger

from core.errors import ApiError, Forbidden
from core.fetch import fetch_parents
from core.trouble import ODD_FORM, describe
from jira.connection import jira_client, sign_in
from jira.resources import PROJECT
from jira.selectors import ProjectScopedSelector
from links.issue_keys import JIRA_PROJECTS, NOT_YET
from octopus.connection import octopus_client

# A process without resyncs reads them so often, sooner until the first success.
PROJECTS_SECONDS, UNKNOWN_SECONDS = 600.0, 10.0


def expect_jira_projects() -> None:
    """Have Octopus wait for Jira's projects, where both products are used."""
    if jira_client() and (octopus := octopus_client()):
        octopus.facts[JIRA_PROJECTS] = NOT_YET


async def learn_jira_projects(*, refresh: bool = False) -> None:
    """Give Octopus Jira's projects by key and id; raises ApiError."""
    jira, octopus = jira_client(), octopus_client()
    if jira is None or octopus is None:
        return
    everything = ProjectScopedSelector(query="true")
    projects = await fetch_parents(jira, PROJECT, everything, refresh=refresh)
    pairs = sorted(f"{p['key']}={p['id']}" for p in projects if p.get("key"))
    if not pairs:  # links can't be judged by that, and must not be emptied
        raise Forbidden("Jira shows no project to this credential")
    octopus.facts[JIRA_PROJECTS] = " ".join(pairs)


async def try_to_learn(*, signed_in: bool = False) -> None:
    """Read the projects again; keep what was known if that fails.

    `signed_in` says that a resync has just signed in to Jira, which cleared the cache.
    """
    jira, octopus = jira_client(), octopus_client()
    if jira is None or octopus is None:
        return
    try:
        if octopus.facts[JIRA_PROJECTS] == NOT_YET and not signed_in:
            await sign_in(jira)  # it may be unknown yet where the token is valid
        await learn_jira_projects(refresh=not signed_in)
    except (ApiError, *ODD_FORM) as error:
        reason = describe(error)
        logger.warning(f"Issue keys of new Jira projects are not found yet: {reason}")


async def keep_learning() -> None:
    """Learn again and again, where both products are used."""
    while jira_client() and (octopus := octopus_client()):
        is_known = octopus.facts[JIRA_PROJECTS] != NOT_YET
        await asyncio.sleep(PROJECTS_SECONDS if is_known else UNKNOWN_SECONDS)
        await try_to_learn()
