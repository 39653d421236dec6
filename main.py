"""Table of contents: the start, and one resync generator for each kind."""

import asyncio
import sys

from loguru import logger
from port_ocean.context.event import event
from port_ocean.context.ocean import ocean
from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled
from port_ocean.core.ocean_types import ASYNC_GENERATOR_RESYNC_TYPE
from port_ocean.core.probe import ProbeContext

import jira.resources as from_jira
import octopus.resources as from_octopus
import webhook_processors.jira as jira_events
import webhook_processors.octopus as octopus_events
from client import ApiClient
from core.deletion import keep_entities, keep_older
from core.errors import ConfigurationError, NotAvailable
from core.port import share_tls
from core.probe import conclude
from core.resource import Resource, fetch_all
from jira.connection import jira_client, jira_settings
from jira.connection import sign_in as sign_in_to_jira
from jira.kinds import JiraKind
from jira.probe import probe_jira
from jira_projects import expect_jira_projects, learn_jira_projects, try_to_learn
from live_events import are_served, ensure_live_events, look_after_live_events
from octopus.connection import (
    octopus_client,
    octopus_settings,
    octopus_webhook_secret,
)
from octopus.connection import sign_in as sign_in_to_octopus
from octopus.kinds import OctopusKind
from octopus.probe import probe_octopus
from octopus.resources.history import cutoff
from octopus.selectors import OctopusCustomResourceConfig
from webhook_processors.ordering import EVENT_WORKERS
from webhook_processors.serving import improve

NOTHING_TO_DO = (
    "neither Jira nor Octopus Deploy is set up. Set jiraHost, atlassianUserEmail and"
    " atlassianUserToken, or octopusServerUrl and octopusApiKey, or all of them"
)


def check_configuration() -> None:
    """End the start-up with one message when the settings can't work."""
    try:
        if not jira_settings() and not octopus_settings():
            raise ConfigurationError(NOTHING_TO_DO)
    except ConfigurationError as error:
        sys.exit(f"Configuration: {error}")


check_configuration()
expect_jira_projects()


@ocean.on_start()
async def start_live_events() -> None:
    """Register what is needed, once the vendors have let us in."""
    if not are_served():
        return
    await try_to_learn()
    await ensure_live_events()
    await look_after_live_events()


@ocean.on_probe()
async def probe(context: ProbeContext) -> ProbeContext:
    """Tell which kinds can be read, and what is missing, before anything is."""
    secret = octopus_webhook_secret()
    asking = (probe_jira(jira_client()), probe_octopus(octopus_client(), secret))
    return await conclude(context, await asyncio.gather(*asking))


share_tls(ocean.config.ssl.port)
improve(ocean.app.webhook_manager, ocean.port_client, ocean.config)
if "event_workers_count" not in ocean.config.model_fields_set:
    ocean.config.event_workers_count = EVENT_WORKERS
for events in (jira_events, octopus_events):
    for processor in events.PROCESSORS:
        ocean.add_webhook_processor(events.PATH, processor)


@ocean.on_resync_start()
async def check_sign_in() -> None:
    """Stop the resync, before anything is read, when a credential is no longer good."""
    if api := jira_client():
        await sign_in_to_jira(api)
    if api := octopus_client():
        await sign_in_to_octopus(api)
    await learn_jira_projects()
    await ensure_live_events()


async def read(
    api: ApiClient | None, resource: Resource
) -> ASYNC_GENERATOR_RESYNC_TYPE:
    """Yield a kind's items; one that can't exist here costs a message, no entities."""
    try:
        if api is None:
            raise NotAvailable(
                "its product is not set up, so remove it from the mapping"
            )
        selector = getattr(event.resource_config, "selector", None)
        async for items in fetch_all(api, resource, selector):
            yield items
        # Only now: what has grown too old meanwhile was perhaps not listed any more.
        if resource.dated_by and (since := cutoff(selector)):
            keep_older(resource.kind, resource.dated_by, since)
    except NotAvailable as reason:
        if await is_dsp_mode_enabled():  # Port deletes there, and can't know
            raise
        keep_entities(resource.kind)
        logger.warning(f"{resource.kind} is skipped, nothing is deleted: {reason}")


@ocean.on_resync(JiraKind.PROJECT)
async def resync_jira_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(jira_client(), from_jira.PROJECT):
        yield projects


@ocean.on_resync(JiraKind.VERSION)
async def resync_jira_versions(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for versions in read(jira_client(), from_jira.VERSION):
        yield versions


@ocean.on_resync(JiraKind.COMPONENT)
async def resync_jira_components(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for components in read(jira_client(), from_jira.COMPONENT):
        yield components


@ocean.on_resync(JiraKind.ISSUE)
async def resync_jira_issues(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for issues in read(jira_client(), from_jira.ISSUE):
        yield issues


@ocean.on_resync(JiraKind.EPIC)
async def resync_jira_epics(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for epics in read(jira_client(), from_jira.EPIC):
        yield epics


@ocean.on_resync(JiraKind.ISSUE_LINK)
async def resync_jira_links(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for links in read(jira_client(), from_jira.ISSUE_LINK):
        yield links


@ocean.on_resync(JiraKind.ISSUE_CHANGELOG)
async def resync_jira_changes(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for changes in read(jira_client(), from_jira.ISSUE_CHANGELOG):
        yield changes


@ocean.on_resync(JiraKind.WORKLOG)
async def resync_jira_worklogs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for worklogs in read(jira_client(), from_jira.WORKLOG):
        yield worklogs


@ocean.on_resync(JiraKind.REQUEST)
async def resync_jira_requests(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for requests in read(jira_client(), from_jira.REQUEST):
        yield requests


@ocean.on_resync(JiraKind.BOARD)
async def resync_jira_boards(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for boards in read(jira_client(), from_jira.BOARD):
        yield boards


@ocean.on_resync(JiraKind.SPRINT)
async def resync_jira_sprints(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for sprints in read(jira_client(), from_jira.SPRINT):
        yield sprints


@ocean.on_resync(JiraKind.BACKLOG)
async def resync_jira_backlogs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for backlogs in read(jira_client(), from_jira.BACKLOG):
        yield backlogs


@ocean.on_resync(JiraKind.USER)
async def resync_jira_users(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for users in read(jira_client(), from_jira.USER):
        yield users


@ocean.on_resync(JiraKind.TEAM)
async def resync_jira_teams(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for teams in read(jira_client(), from_jira.TEAM):
        yield teams


@ocean.on_resync(JiraKind.GROUP)
async def resync_jira_groups(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for groups in read(jira_client(), from_jira.GROUP):
        yield groups


@ocean.on_resync(JiraKind.FILTER)
async def resync_jira_filters(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for filters in read(jira_client(), from_jira.FILTER):
        yield filters


@ocean.on_resync(OctopusKind.SPACE)
async def resync_octopus_spaces(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for spaces in read(octopus_client(), from_octopus.SPACE):
        yield spaces


@ocean.on_resync(OctopusKind.PROJECT_GROUP)
async def resync_octopus_groups(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for groups in read(octopus_client(), from_octopus.PROJECT_GROUP):
        yield groups


@ocean.on_resync(OctopusKind.PROJECT)
async def resync_octopus_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(octopus_client(), from_octopus.PROJECT):
        yield projects


@ocean.on_resync(OctopusKind.CHANNEL)
async def resync_octopus_channels(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for channels in read(octopus_client(), from_octopus.CHANNEL):
        yield channels


@ocean.on_resync(OctopusKind.LIFECYCLE)
async def resync_octopus_lifecycles(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for lifecycles in read(octopus_client(), from_octopus.LIFECYCLE):
        yield lifecycles


@ocean.on_resync(OctopusKind.ENVIRONMENT)
async def resync_octopus_environments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for environments in read(octopus_client(), from_octopus.ENVIRONMENT):
        yield environments


@ocean.on_resync(OctopusKind.TENANT)
async def resync_octopus_tenants(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for tenants in read(octopus_client(), from_octopus.TENANT):
        yield tenants


@ocean.on_resync(OctopusKind.RELEASE)
async def resync_octopus_releases(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for releases in read(octopus_client(), from_octopus.RELEASE):
        yield releases


@ocean.on_resync(OctopusKind.DEPLOYMENT)
async def resync_octopus_deployments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for deployments in read(octopus_client(), from_octopus.DEPLOYMENT):
        yield deployments


@ocean.on_resync(OctopusKind.CURRENT_RELEASE)
async def resync_octopus_current_releases(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for current_releases in read(octopus_client(), from_octopus.CURRENT_RELEASE):
        yield current_releases


@ocean.on_resync(OctopusKind.RUNBOOK)
async def resync_octopus_runbooks(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for runbooks in read(octopus_client(), from_octopus.RUNBOOK):
        yield runbooks


@ocean.on_resync(OctopusKind.RUNBOOK_RUN)
async def resync_octopus_runs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for runs in read(octopus_client(), from_octopus.RUNBOOK_RUN):
        yield runs


@ocean.on_resync(OctopusKind.TASK)
async def resync_octopus_tasks(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for tasks in read(octopus_client(), from_octopus.TASK):
        yield tasks


@ocean.on_resync(OctopusKind.INTERRUPTION)
async def resync_octopus_interruptions(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for interruptions in read(octopus_client(), from_octopus.INTERRUPTION):
        yield interruptions


@ocean.on_resync(OctopusKind.DEPLOYMENT_FREEZE)
async def resync_octopus_freezes(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for freezes in read(octopus_client(), from_octopus.DEPLOYMENT_FREEZE):
        yield freezes


@ocean.on_resync(OctopusKind.MACHINE)
async def resync_octopus_machines(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for machines in read(octopus_client(), from_octopus.MACHINE):
        yield machines


@ocean.on_resync(OctopusKind.WORKER)
async def resync_octopus_workers(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for workers in read(octopus_client(), from_octopus.WORKER):
        yield workers


@ocean.on_resync(OctopusKind.WORKER_POOL)
async def resync_octopus_pools(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for pools in read(octopus_client(), from_octopus.WORKER_POOL):
        yield pools


@ocean.on_resync(OctopusKind.TEAM)
async def resync_octopus_teams(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for teams in read(octopus_client(), from_octopus.TEAM):
        yield teams


@ocean.on_resync(OctopusKind.USER)
async def resync_octopus_users(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for users in read(octopus_client(), from_octopus.USER):
        yield users


@ocean.on_resync(OctopusKind.ACCOUNT)
async def resync_octopus_accounts(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for accounts in read(octopus_client(), from_octopus.ACCOUNT):
        yield accounts


@ocean.on_resync(OctopusKind.CERTIFICATE)
async def resync_octopus_certificates(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for certificates in read(octopus_client(), from_octopus.CERTIFICATE):
        yield certificates


@ocean.on_resync(OctopusKind.LIBRARY_VARIABLE_SET)
async def resync_octopus_variable_sets(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for variable_sets in read(
        octopus_client(), from_octopus.LIBRARY_VARIABLE_SET
    ):
        yield variable_sets


@ocean.on_resync(OctopusKind.FEED)
async def resync_octopus_feeds(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for feeds in read(octopus_client(), from_octopus.FEED):
        yield feeds


@ocean.on_resync()
async def resync_octopus_customs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    """Serve the kinds that only the mapping knows; the framework asks for all."""
    config = event.resource_config
    if isinstance(config, OctopusCustomResourceConfig):
        resource = from_octopus.build_custom(kind, config.selector)
        async for items in read(octopus_client(), resource):
            yield items
