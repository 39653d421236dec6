"""Actions change the site and the server that their inputs name, and no other."""

import httpx
import pytest

from actions.parsing import PATH
from sandbox.company import Item
from sandbox.octopus.tasks import advance
from sandbox.port.posting import signed
from sandbox.port.runs import Kept
from tests.actions.desk import ended
from tests.several.companies import DELETED, SERVER, SITE, Several

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("several"),
]

# No lifecycle forbids its first environment, no freeze is about it.
PROJECT, ENVIRONMENT, VERSION = "Mobile Backend", "Development", "99.1.0"
COMPANIES = pytest.mark.parametrize(
    ("who", "site", "server"),
    [("first", "", ""), ("further", f"{SITE}/", f"{SERVER}/")],
    ids=["first", "further"],
)


async def post(system: Several, action: str, inputs: Item) -> Kept:
    """Ask for an action as Port does."""
    stands = system.whole.stands
    kept, body = stands.port.state.runs.post(action, inputs)
    secret = stands.environment()["OCEAN__PORT__CLIENT_SECRET"]
    url = f"{system.whole.address}/integration{PATH}"
    assert await system.post(url, *signed(body, secret)) == httpx.codes.ACCEPTED
    return kept


def written(system: Several) -> dict[str, tuple[int, ...]]:
    """Return how many comments, releases and deployments each company has."""
    return {
        name: (
            len(company.stands.jira.collections["comment"]),
            len(company.stands.octopus.collections["releases"]),
            len(company.stands.octopus.collections["deployments"]),
        )
        for name, company in zip(DELETED, system.companies(), strict=True)
    }


@COMPANIES
async def test_a_comment_is_added_to_the_issue_of_the_site_that_is_named(
    system: Several, who: str, site: str, server: str
) -> None:
    before = written(system)
    own, others = (
        {issue["key"] for issue in company.stands.jira.collections["issue"].values()}
        for company in system.companies()
    )
    key = min(own & others)
    inputs = {"issueKey": f"{site}{key}", "comment": f"From Port, of the {who}"}
    kept = await post(system, "add_comment", inputs)
    await system.whole.until(lambda: not kept.is_open)

    ended(kept, "SUCCESS")
    comments, releases, deployments = before[who]
    now = (comments + 1, releases, deployments)
    assert written(system) == {**before, who: now}


@COMPANIES
async def test_a_release_is_created_and_deployed_by_the_server_that_is_named(
    system: Several, who: str, site: str, server: str
) -> None:
    before, octopus = written(system), getattr(system, who).stands.octopus
    projects = octopus.collections["projects"].values()
    project = next(f"{server}{p['Id']}" for p in projects if p["Name"] == PROJECT)
    asked = {"project": project, "version": VERSION}
    kept = await post(system, "create_release", asked)
    await system.whole.until(lambda: not kept.is_open)
    ended(kept, "SUCCESS")

    release = f"{server}{[*octopus.collections['releases']][-1]}"
    asked = {"project": project, "release": release, "environment": ENVIRONMENT}
    kept = await post(system, "deploy_release", asked)
    await system.whole.until(lambda: written(system)[who][-1] > before[who][-1])
    deployment = [*octopus.collections["deployments"].values()][-1]
    advance(octopus, deployment["TaskId"], "Success")
    await system.whole.until(lambda: not kept.is_open)

    assert deployment["TaskId"] in ended(kept, "SUCCESS")
    comments, releases, deployments = before[who]
    now = (comments, releases + 1, deployments + 1)
    assert written(system) == {**before, who: now}
