"""Table of contents: the start, and one resync generator for each kind."""

import asyncio
from functools import partial

from port_ocean.context.event import event
from port_ocean.context.ocean import ocean
from port_ocean.core.ocean_types import ASYNC_GENERATOR_RESYNC_TYPE
from port_ocean.core.probe import ProbeContext

import jira.resources as from_jira
import octopus.resources as from_octopus
import webhook_processors.octopus as octopus_events
from actions import door
from actions.jira import jira_executors
from actions.jira.probe import probe_jira_actions
from actions.lost_posts import LostPosts
from actions.octopus import octopus_executors
from actions.octopus.probe import probe_octopus_actions
from actions.recovery import Recovery
from actions.runs import Runs
from actions.service import Actions
from actions.sites import by_site
from framework.api_pages import hide_api_pages
from framework.blueprints import Blueprints, load_defaults
from framework.closing import Closing
from framework.environment import close_environment
from framework.event_manager import OrderedEventManager
from framework.garbage import collect_garbage_less_often
from framework.incremental import IncrementalIntegration
from framework.json_entities import take_json_as_it_is
from framework.live_metrics import expose
from framework.odd_runs import accept_odd_runs
from framework.port_client import share_tls
from framework.port_clock import start_by_ports_clock
from framework.probe import conclude
from framework.processing_mode import prefer_ocean_core, warn_of_dsp_mode
from framework.resync import read
from framework.sync_metrics import SyncMetrics
from framework.webhook_guard import WebhookGuard
from integration import JiraOctopusPortAppConfig
from jira.kinds import JiraKind
from jira.probe import probe_jira
from links.connections import connect_ocean
from links.issue_delivery import ISSUE_DELIVERY
from links.jira_projects import JiraProjects
from links.kinds import LinkKind
from links.preparation import prepare
from links.products import check_settings
from live_events.service import LiveEvents
from octopus.kinds import OctopusKind
from octopus.probe import probe_octopus
from octopus.selectors import OctopusCustomResourceConfig
from webhook_processors.subscribed import SUBSCRIBED, endpoints

close_environment(ocean.config)
prefer_ocean_core(ocean.config)
oauth_token = ocean.app.load_external_oauth_access_token()
check_settings(ocean.integration_config, oauth=oauth_token is not None)
connections = connect_ocean()
jira, octopus = connections.jira_apis, connections.octopus_apis
projects = JiraProjects(connections)
prepare_all = partial(prepare, connections, projects)
IncrementalIntegration.of(ocean.integration).prepare_with(prepare_all)
share_tls(ocean.config.ssl.port)
accept_odd_runs()
take_json_as_it_is()
SyncMetrics.replace_in(ocean.app)
expose(ocean.metrics.registry)

blueprints = Blueprints(
    ocean.port_client, lambda: load_defaults(JiraOctopusPortAppConfig, ocean.config)
)

live_events = LiveEvents(SUBSCRIBED, octopus_events.PROCESSORS, connections, projects)
posting = [*endpoints(connections)]
senders = {endpoint.path: endpoint.sender for endpoint in posting}
# Replaces the framework's own manager of live events, before it gets processors.
manager = OrderedEventManager.replace_in(ocean.app, live_events.order, senders)
# In front of everything else: what it refuses costs and logs next to nothing.
WebhookGuard.put_before(ocean.app, manager.queues)
Closing.put_before(ocean.app)
hide_api_pages(ocean.app.fast_api_app, ocean.integration_config)
for endpoint in posting:
    for processor in endpoint.processors:
        ocean.add_webhook_processor(endpoint.path, processor)

actions = Actions(
    Runs(ocean.port_client, ocean.config.integration.identifier),
    settings=ocean.integration_config,
    patience_seconds=ocean.config.actions_processor.visibility_timeout_ms / 1000,
)
executors = [
    *by_site([jira_executors(actions, api) for api in (*jira,) or (None,)]),
    *by_site([octopus_executors(actions, api) for api in (*octopus,) or (None,)]),
]
for executor in executors:
    ocean.register_action_executor(executor)
settings = (ocean.config, ocean.integration_config)
lost_posts = None
if has_door := door.is_open(*settings):
    lost_posts = LostPosts(actions, [executor.ACTION_NAME for executor in executors])
    door.Door(actions, executors, door.secret_of(*settings)).open(ocean.router)
recovery = Recovery(actions, executors, lost_posts)


@ocean.on_start()
async def start_live_events() -> None:
    """Sign in, and register for live events."""
    await warn_of_dsp_mode()
    await live_events.start(manager.process)


@ocean.on_start()
async def spare_garbage_collection() -> None:
    """Spend less on garbage collection, now that everything is loaded."""
    collect_garbage_less_often()


@ocean.on_start()
async def end_runs_left_behind() -> None:
    """Look for runs that an earlier process has not ended, if this one runs actions."""
    listener = ocean.config.event_listener
    processes = ocean.config.actions_processor.enabled and listener.should_run_actions
    if processes or has_door:
        recovery.start()


@ocean.on_probe()
async def probe(context: ProbeContext) -> ProbeContext:
    """Report which kinds can be read, and what is missing, before a resync."""
    servers = [(one.api, one.webhook_secret("")) for one in connections.octopus]
    asking = [probe_jira(jira), probe_octopus(servers)]
    if ocean.config.actions_processor.enabled or has_door:
        asking += [probe_jira_actions(jira), probe_octopus_actions(octopus)]
    return await conclude(context, await asyncio.gather(*asking))


@ocean.on_resync_start()
async def check_sign_in() -> None:
    """Sign in before a resync; stop it if every sign-in fails."""
    await start_by_ports_clock(ocean.port_client)
    await blueprints.ensure(event.port_app_config.resources)
    await prepare_all()
    await live_events.registration.ensure()


@ocean.on_resync(JiraKind.PROJECT)
async def resync_jira_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(jira, from_jira.PROJECT):
        yield projects


@ocean.on_resync(JiraKind.VERSION)
async def resync_jira_versions(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for versions in read(jira, from_jira.VERSION):
        yield versions


@ocean.on_resync(JiraKind.COMPONENT)
async def resync_jira_components(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for components in read(jira, from_jira.COMPONENT):
        yield components


@ocean.on_incremental_resync(JiraKind.ISSUE)
@ocean.on_resync(JiraKind.ISSUE)
async def resync_jira_issues(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for issues in read(jira, from_jira.ISSUE):
        yield issues


@ocean.on_incremental_resync(JiraKind.EPIC)
@ocean.on_resync(JiraKind.EPIC)
async def resync_jira_epics(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for epics in read(jira, from_jira.EPIC):
        yield epics


@ocean.on_incremental_resync(JiraKind.ISSUE_LINK)
@ocean.on_resync(JiraKind.ISSUE_LINK)
async def resync_jira_links(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for links in read(jira, from_jira.ISSUE_LINK):
        yield links


@ocean.on_incremental_resync(JiraKind.ISSUE_CHANGELOG)
@ocean.on_resync(JiraKind.ISSUE_CHANGELOG)
async def resync_jira_changes(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for changes in read(jira, from_jira.ISSUE_CHANGELOG):
        yield changes


@ocean.on_incremental_resync(JiraKind.WORKLOG)
@ocean.on_resync(JiraKind.WORKLOG)
async def resync_jira_worklogs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for worklogs in read(jira, from_jira.WORKLOG):
        yield worklogs


@ocean.on_incremental_resync(JiraKind.REQUEST)
@ocean.on_resync(JiraKind.REQUEST)
async def resync_jira_requests(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for requests in read(jira, from_jira.REQUEST):
        yield requests


@ocean.on_resync(JiraKind.BOARD)
async def resync_jira_boards(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for boards in read(jira, from_jira.BOARD):
        yield boards


@ocean.on_resync(JiraKind.SPRINT)
async def resync_jira_sprints(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for sprints in read(jira, from_jira.SPRINT):
        yield sprints


@ocean.on_resync(JiraKind.BACKLOG)
async def resync_jira_backlogs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for backlogs in read(jira, from_jira.BACKLOG):
        yield backlogs


@ocean.on_resync(JiraKind.USER)
async def resync_jira_users(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for users in read(jira, from_jira.USER):
        yield users


@ocean.on_resync(JiraKind.TEAM)
async def resync_jira_teams(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for teams in read(jira, from_jira.TEAM):
        yield teams


@ocean.on_resync(JiraKind.GROUP)
async def resync_jira_groups(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for groups in read(jira, from_jira.GROUP):
        yield groups


@ocean.on_resync(JiraKind.FILTER)
async def resync_jira_filters(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for filters in read(jira, from_jira.FILTER):
        yield filters


@ocean.on_incremental_resync(OctopusKind.SPACE)
@ocean.on_resync(OctopusKind.SPACE)
async def resync_octopus_spaces(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for spaces in read(octopus, from_octopus.SPACE):
        yield spaces


@ocean.on_incremental_resync(OctopusKind.PROJECT_GROUP)
@ocean.on_resync(OctopusKind.PROJECT_GROUP)
async def resync_octopus_groups(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for groups in read(octopus, from_octopus.PROJECT_GROUP):
        yield groups


@ocean.on_incremental_resync(OctopusKind.PROJECT)
@ocean.on_resync(OctopusKind.PROJECT)
async def resync_octopus_projects(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for projects in read(octopus, from_octopus.PROJECT):
        yield projects


@ocean.on_incremental_resync(OctopusKind.CHANNEL)
@ocean.on_resync(OctopusKind.CHANNEL)
async def resync_octopus_channels(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for channels in read(octopus, from_octopus.CHANNEL):
        yield channels


@ocean.on_incremental_resync(OctopusKind.LIFECYCLE)
@ocean.on_resync(OctopusKind.LIFECYCLE)
async def resync_octopus_lifecycles(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for lifecycles in read(octopus, from_octopus.LIFECYCLE):
        yield lifecycles


@ocean.on_incremental_resync(OctopusKind.ENVIRONMENT)
@ocean.on_resync(OctopusKind.ENVIRONMENT)
async def resync_octopus_environments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for environments in read(octopus, from_octopus.ENVIRONMENT):
        yield environments


@ocean.on_incremental_resync(OctopusKind.TENANT)
@ocean.on_resync(OctopusKind.TENANT)
async def resync_octopus_tenants(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for tenants in read(octopus, from_octopus.TENANT):
        yield tenants


@ocean.on_incremental_resync(OctopusKind.RELEASE)
@ocean.on_resync(OctopusKind.RELEASE)
async def resync_octopus_releases(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for releases in read(octopus, from_octopus.RELEASE):
        yield releases


@ocean.on_incremental_resync(OctopusKind.DEPLOYMENT)
@ocean.on_resync(OctopusKind.DEPLOYMENT)
async def resync_octopus_deployments(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for deployments in read(octopus, from_octopus.DEPLOYMENT):
        yield deployments


@ocean.on_incremental_resync(OctopusKind.CURRENT_RELEASE)
@ocean.on_resync(OctopusKind.CURRENT_RELEASE)
async def resync_octopus_current_releases(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for current_releases in read(octopus, from_octopus.CURRENT_RELEASE):
        yield current_releases


@ocean.on_incremental_resync(LinkKind.ISSUE_DELIVERY)
@ocean.on_resync(LinkKind.ISSUE_DELIVERY)
async def resync_issue_deliveries(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for deliveries in read(octopus, ISSUE_DELIVERY):
        yield deliveries


@ocean.on_incremental_resync(OctopusKind.RUNBOOK)
@ocean.on_resync(OctopusKind.RUNBOOK)
async def resync_octopus_runbooks(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for runbooks in read(octopus, from_octopus.RUNBOOK):
        yield runbooks


@ocean.on_incremental_resync(OctopusKind.RUNBOOK_RUN)
@ocean.on_resync(OctopusKind.RUNBOOK_RUN)
async def resync_octopus_runs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for runs in read(octopus, from_octopus.RUNBOOK_RUN):
        yield runs


@ocean.on_incremental_resync(OctopusKind.TASK)
@ocean.on_resync(OctopusKind.TASK)
async def resync_octopus_tasks(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for tasks in read(octopus, from_octopus.TASK):
        yield tasks


@ocean.on_incremental_resync(OctopusKind.INTERRUPTION)
@ocean.on_resync(OctopusKind.INTERRUPTION)
async def resync_octopus_interruptions(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for interruptions in read(octopus, from_octopus.INTERRUPTION):
        yield interruptions


@ocean.on_incremental_resync(OctopusKind.APPROVAL)
@ocean.on_resync(OctopusKind.APPROVAL)
async def resync_octopus_approvals(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for approvals in read(octopus, from_octopus.APPROVAL):
        yield approvals


@ocean.on_incremental_resync(OctopusKind.DEPLOYMENT_FREEZE)
@ocean.on_resync(OctopusKind.DEPLOYMENT_FREEZE)
async def resync_octopus_freezes(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for freezes in read(octopus, from_octopus.DEPLOYMENT_FREEZE):
        yield freezes


@ocean.on_incremental_resync(OctopusKind.MACHINE)
@ocean.on_resync(OctopusKind.MACHINE)
async def resync_octopus_machines(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for machines in read(octopus, from_octopus.MACHINE):
        yield machines


@ocean.on_incremental_resync(OctopusKind.WORKER)
@ocean.on_resync(OctopusKind.WORKER)
async def resync_octopus_workers(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for workers in read(octopus, from_octopus.WORKER):
        yield workers


@ocean.on_incremental_resync(OctopusKind.WORKER_POOL)
@ocean.on_resync(OctopusKind.WORKER_POOL)
async def resync_octopus_pools(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for pools in read(octopus, from_octopus.WORKER_POOL):
        yield pools


@ocean.on_incremental_resync(OctopusKind.TEAM)
@ocean.on_resync(OctopusKind.TEAM)
async def resync_octopus_teams(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for teams in read(octopus, from_octopus.TEAM):
        yield teams


@ocean.on_incremental_resync(OctopusKind.USER)
@ocean.on_resync(OctopusKind.USER)
async def resync_octopus_users(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for users in read(octopus, from_octopus.USER):
        yield users


@ocean.on_incremental_resync(OctopusKind.ACCOUNT)
@ocean.on_resync(OctopusKind.ACCOUNT)
async def resync_octopus_accounts(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for accounts in read(octopus, from_octopus.ACCOUNT):
        yield accounts


@ocean.on_incremental_resync(OctopusKind.CERTIFICATE)
@ocean.on_resync(OctopusKind.CERTIFICATE)
async def resync_octopus_certificates(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for certificates in read(octopus, from_octopus.CERTIFICATE):
        yield certificates


@ocean.on_incremental_resync(OctopusKind.LIBRARY_VARIABLE_SET)
@ocean.on_resync(OctopusKind.LIBRARY_VARIABLE_SET)
async def resync_octopus_variable_sets(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for variable_sets in read(octopus, from_octopus.LIBRARY_VARIABLE_SET):
        yield variable_sets


@ocean.on_incremental_resync(OctopusKind.FEED)
@ocean.on_resync(OctopusKind.FEED)
async def resync_octopus_feeds(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for feeds in read(octopus, from_octopus.FEED):
        yield feeds


@ocean.on_resync(OctopusKind.POLICY)
async def resync_octopus_policies(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for policies in read(octopus, from_octopus.POLICY):
        yield policies


@ocean.on_resync(OctopusKind.PROCESS_TEMPLATE)
async def resync_octopus_templates(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    async for templates in read(octopus, from_octopus.PROCESS_TEMPLATE):
        yield templates


@ocean.on_resync()
async def resync_octopus_customs(kind: str) -> ASYNC_GENERATOR_RESYNC_TYPE:
    """Serve the kinds that only the mapping knows; the framework asks for all."""
    config = event.resource_config
    if isinstance(config, OctopusCustomResourceConfig):
        resource = from_octopus.build_custom(kind, config.selector)
        async for items in read(octopus, resource):
            yield items
