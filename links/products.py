"""Both products together: whether any is set up, and signing in to what is."""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled

from core.api import Api
from core.errors import ConfigurationError
from core.lookup import Absent, get_own
from core.types import Item
from framework.resync_run import Product, current_run
from framework.settings import describe_all, mistake_of
from framework.sign_in import sign_in_to_each
from jira.connection import PRODUCT as JIRA
from jira.connection import jira_client
from jira.connection import parse_settings as parse_jira
from jira.connection import settings_mistakes as jira_mistakes
from jira.connection import sign_in as sign_in_to_jira
from octopus.connection import PRODUCT as OCTOPUS
from octopus.connection import octopus_client
from octopus.connection import parse_settings as parse_octopus
from octopus.connection import settings_mistakes as octopus_mistakes
from octopus.connection import sign_in as sign_in_to_octopus

NOTHING_TO_DO = (
    "neither Jira nor Octopus Deploy is set up. Set jiraHost, atlassianUserEmail and"
    " atlassianUserToken, or octopusServerUrl and octopusApiKey, or all of them"
)


def check_settings(config: Mapping[str, Any], *, oauth: bool) -> None:
    """End the start-up with one message that has everything wrong with the settings."""
    if mistakes := settings_mistakes(config, oauth):
        sys.exit(f"Configuration: {describe_all(map(mistake_of, mistakes))}")


def settings_mistakes(
    config: Mapping[str, Any], oauth: bool = False
) -> list[ConfigurationError]:
    """Return all that is wrong with the settings of both products."""
    mistakes = jira_mistakes(config, oauth) + octopus_mistakes(config)
    if mistakes or parse_jira(config, oauth) or parse_octopus(config):
        return mistakes
    return [ConfigurationError(NOTHING_TO_DO, "jiraHost", "octopusServerUrl")]


def products() -> list[Product]:
    """Return the products that are set up."""
    known = (
        (JIRA, jira_client(), sign_in_to_jira, find_issue_id),
        (OCTOPUS, octopus_client(), sign_in_to_octopus, None),
    )
    return [
        Product(name=name, api=api, sign_in=sign_in_to, identify=identify)
        for name, api, sign_in_to, identify in known
        if api is not None
    ]


async def find_issue_id(api: Api, known: Item) -> Item | None:
    """Add the id to the key of an issue; None if Jira has no such issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    """
    key = quote(str(known["key"]), safe="")
    issue = await get_own(api, f"rest/api/3/issue/{key}", {"fields": "id"})
    return None if isinstance(issue, Absent) else {**known, "id": issue["id"]}


async def sign_in() -> set[str]:
    """Sign in to each product; return the names of those that succeeded.

    Raises ApiError when none does.
    """
    run, known = current_run(), products()
    if run is None or await is_dsp_mode_enabled():  # Port can't know what to keep
        for product in known:
            await product.sign_in(product.api)
        return {product.name for product in known}
    await sign_in_to_each(run, known)
    return {product.name for product in known} - run.lost.keys()
