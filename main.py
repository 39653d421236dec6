"""Table of contents: the start, and one resync generator for each kind."""

import sys

from loguru import logger
from port_ocean.context.event import event
from port_ocean.context.ocean import ocean
from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled
from port_ocean.core.ocean_types import ASYNC_GENERATOR_RESYNC_TYPE

import jira.connection
import jira.resources as from_jira
import octopus.connection
import octopus.resources as from_octopus
from client import ApiClient
from core.errors import ConfigurationError
from core.resource import Resource, fetch_all
from jira.connection import jira_client
from jira.kinds import JiraKind
from octopus.connection import octopus_client
from octopus.kinds import OctopusKind


def check_configuration() -> None:
    """End the start-up with one message when the settings can't work."""
    config = ocean.integration_config
    try:
        products = [
            jira.connection.parse_settings(config),
            octopus.connection.parse_settings(config),
        ]
    except ConfigurationError as error:
        sys.exit(f"Configuration: {error}")
    if not any(products):
        sys.exit(
            "Configuration: neither Jira nor Octopus Deploy is set up. Set jiraHost,"
            " atlassianUserEmail and atlassianUserToken, or octopusServerUrl and"
            " octopusApiKey, or all of them"
        )


check_configuration()


@ocean.on_resync_start()
async def check_sign_in() -> None:
    """Stop the resync, before anything is read, when a credential is no longer good."""
    if api := jira_client():
        api.forget()
        await from_jira.check_sign_in(api)
    if api := octopus_client():
        api.forget()
        await from_octopus.check_sign_in(api)


async def read(
    api: ApiClient | None, resource: Resource
) -> ASYNC_GENERATOR_RESYNC_TYPE:
    """Yield a kind's items, or none, with one message, when its product is missing."""
    if api is not None:
        selector = getattr(event.resource_config, "selector", None)
        async for items in fetch_all(api, resource, selector):
            yield items
        return
    message = (
        f"The mapping has the kind {resource.kind!r}, but its product is not set up: add"
        " its settings or remove the kind from the mapping. Nothing is deleted"
    )
    if await is_dsp_mode_enabled():  # Port reconciles there and can't know
        raise ConfigurationError(message)
    logger.warning(message)


@ocean.on_resync(JiraKind.PROJECT)
async def resync_jira_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(jira_client(), from_jira.PROJECT):
        yield projects


@ocean.on_resync(JiraKind.ISSUE)
async def resync_jira_issues(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for issues in read(jira_client(), from_jira.ISSUE):
        yield issues


@ocean.on_resync(JiraKind.USER)
async def resync_jira_users(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for users in read(jira_client(), from_jira.USER):
        yield users


@ocean.on_resync(OctopusKind.SPACE)
async def resync_octopus_spaces(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for spaces in read(octopus_client(), from_octopus.SPACE):
        yield spaces


@ocean.on_resync(OctopusKind.PROJECT)
async def resync_octopus_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(octopus_client(), from_octopus.PROJECT):
        yield projects


@ocean.on_resync(OctopusKind.ENVIRONMENT)
async def resync_octopus_environments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for environments in read(octopus_client(), from_octopus.ENVIRONMENT):
        yield environments


@ocean.on_resync(OctopusKind.RELEASE)
async def resync_octopus_releases(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for releases in read(octopus_client(), from_octopus.RELEASE):
        yield releases


@ocean.on_resync(OctopusKind.DEPLOYMENT)
async def resync_octopus_deployments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for deployments in read(octopus_client(), from_octopus.DEPLOYMENT):
        yield deployments


@ocean.on_resync(OctopusKind.MACHINE)
async def resync_octopus_machines(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for machines in read(octopus_client(), from_octopus.MACHINE):
        yield machines
