"""Tell Octopus what Jira's projects are called, so that it finds issues in texts."""

import asyncio

from loguru import logger

from core.errors import ApiError
from core.resource import fetch_parents
from jira.connection import jira_client, sign_in
from jira.resources import PROJECT
from jira.selectors import ProjectScopedSelector
from octopus.connection import octopus_client
from octopus.resources.links import JIRA_PROJECTS, NOT_YET

# A process without resyncs asks anew so often, sooner while it knows nothing yet.
PROJECTS_SECONDS, UNKNOWN_SECONDS = 600.0, 10.0


def expect_jira_projects() -> None:
    """Have Octopus wait for Jira's projects, where both products are used."""
    if jira_client() and (octopus := octopus_client()):
        octopus.facts[JIRA_PROJECTS] = NOT_YET


async def learn_jira_projects(*, anew: bool = False) -> None:
    """Give Octopus Jira's projects by key and id; raises ApiError."""
    jira, octopus = jira_client(), octopus_client()
    if jira is None or octopus is None:
        return
    everything = ProjectScopedSelector(query="true")
    projects = await fetch_parents(jira, PROJECT, everything, anew=anew)
    pairs = sorted(f"{p['key']}={p['id']}" for p in projects)
    octopus.facts[JIRA_PROJECTS] = " ".join(pairs)


async def try_to_learn() -> None:
    """Learn what is new; what was known stays where that fails."""
    jira, octopus = jira_client(), octopus_client()
    if jira is None or octopus is None:
        return
    try:
        if octopus.facts[JIRA_PROJECTS] == NOT_YET:
            await sign_in(jira)  # perhaps nobody knows yet where the token is good
        await learn_jira_projects(anew=True)
    except ApiError as error:
        logger.warning(f"Issue keys of new Jira projects are not found yet: {error}")


async def keep_learning() -> None:
    """Learn again and again, where both products are used."""
    while jira_client() and (octopus := octopus_client()):
        is_known = octopus.facts[JIRA_PROJECTS] != NOT_YET
        await asyncio.sleep(PROJECTS_SECONDS if is_known else UNKNOWN_SECONDS)
        await try_to_learn()
