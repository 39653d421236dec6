"""Both products together: whether any is set up, and signing in to what is."""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled

from client import ApiClient
from core.api import Api
from core.errors import ConfigurationError
from core.lookup import Absent, get_own
from core.resource import unknown_names
from core.types import Item
from framework.resync_run import Product, current_run
from framework.settings import describe_all, mistake_of
from framework.sign_in import sign_in_to_each
from jira.connection import sign_in as sign_in_to_jira
from jira.settings import parse_settings as parse_jira
from jira.settings import settings_mistakes as jira_mistakes
from links.connections import Connections
from octopus.connection import sign_in as sign_in_to_octopus
from octopus.settings import LINKED_SITES
from octopus.settings import parse_settings as parse_octopus
from octopus.settings import settings_mistakes as octopus_mistakes

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
    if mistakes:
        return mistakes
    sites, servers = parse_jira(config, oauth), parse_octopus(config)
    if not sites and not servers:
        return [ConfigurationError(NOTHING_TO_DO, "jiraHost", "octopusServerUrl")]
    (setting,), known = LINKED_SITES.values(), [one.site.label for one in sites]
    named = [name for one in servers for name in one.linked_sites]
    if unknown := unknown_names(named, known):
        message = f"{setting} names no site of Jira: {unknown}"
        return [ConfigurationError(message, setting)]
    return []


def products(connections: Connections) -> list[Product]:
    """Return what is set up: each site of Jira, and each server of Octopus."""
    sites = [
        Product(
            name=api.vendor.product,
            api=api,
            sign_in=sign_in_to_jira,
            identify=find_issue_id,
            family="Jira",
        )
        for api in connections.jira_apis
    ]
    servers = [
        Product(
            name=api.vendor.product,
            api=api,
            sign_in=sign_in_to_octopus,
            family="Octopus Deploy",
        )
        for api in connections.octopus_apis
    ]
    return sites + servers


async def find_issue_id(api: Api, known: Item) -> Item | None:
    """Add the id to the key of an issue; None if Jira has no such issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    """
    key = quote(str(known["key"]), safe="")
    issue = await get_own(api, f"rest/api/3/issue/{key}", {"fields": "id"})
    return None if isinstance(issue, Absent) else {**known, "id": issue["id"]}


async def sign_in(connections: Connections) -> frozenset[ApiClient]:
    """Sign in to each site and server; return those that succeeded.

    Raises ApiError when none does.
    """
    run, known = current_run(), products(connections)
    if run is None or await is_dsp_mode_enabled():  # Port can't know what to keep
        for product in known:
            await product.sign_in(product.api)
        return frozenset(product.api for product in known)
    await sign_in_to_each(run, known)
    return frozenset(one.api for one in known if one.name not in run.lost)
