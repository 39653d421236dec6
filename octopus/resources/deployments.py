"""Deployments, and the issues that each of them brought to its environment."""

from dataclasses import replace

from core.api import Api
from core.trouble import Missing, incomplete
from core.types import Item
from core.values import objects
from links.issue_keys import (
    Finder,
    JiraProjects,
    issue_keys,
    jira_projects,
    key_finder,
)
from octopus.resources.brought import KEYS, relate_whole_list
from octopus.resources.delivered import log_deployments
from octopus.resources.deployment_ends import ALL_DEPLOYMENTS
from octopus.resources.executions import select_executions
from octopus.resources.figures import FIGURES
from octopus.resources.neighbours import list_changed
from octopus.selectors import ExecutionSelector


async def add_issues(
    api: Api, deployments: list[Item], selector: ExecutionSelector
) -> list[Item]:
    """Add what all executions get, and the issues that came with the changes.

    `__jiraIssueKeys` are those of `Changes`. Where there are none, for servers note
    them only with build information or release notes, the key is left to
    `relate_whole_list`.
    """
    joined = await select_executions(api, deployments, selector)
    log_deployments(api, selector, deployments, joined)
    pattern, known = selector.issue_key_pattern, jira_projects(api)
    find = key_finder(pattern, known)
    is_related = bool(pattern or known) and not isinstance(find, Missing)
    return [
        item if is_related and not _changes(item) else _with_keys(item, find, known)
        for item in joined
    ]


def _changes(deployment: Item) -> list[Item]:
    return objects(deployment.get("Changes"))


def _with_keys(
    deployment: Item, find: Finder | Missing, projects: JiraProjects
) -> Item:
    keys, _ = issue_keys(_changes(deployment), find, projects)
    unsure = [KEYS] if isinstance(find, Missing) else []
    return incomplete({**deployment, KEYS: keys}, *unsure)


DEPLOYMENT = replace(
    ALL_DEPLOYMENTS,
    enrich=add_issues,
    relate=relate_whole_list,
    historic=FIGURES,
    changed=list_changed,
)
