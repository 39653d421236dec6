"""Which connections bring a kind of a mapping, and how."""

from collections.abc import Sequence

from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from core.api import Api
from core.errors import Refused
from core.resource import Resource
from framework.probe import DENIED, Verdict
from framework.sources import sources_of
from jira.resources import RESOURCES as FROM_JIRA
from links.connections import Connections
from links.issue_delivery import ISSUE_DELIVERY
from octopus.resources import RESOURCES as FROM_OCTOPUS
from octopus.resources import build_custom
from octopus.selectors import OctopusCustomResourceConfig

JOINED = {ISSUE_DELIVERY.kind: ISSUE_DELIVERY}


def origin_of(
    config: ResourceConfig, connections: Connections
) -> tuple[Sequence[Api], Resource | None, list[Verdict]]:
    """Return what brings a kind and how, and why some connections do not."""
    resource = _declared(config)
    is_jira = config.kind in FROM_JIRA
    apis = connections.jira_apis if is_jira else connections.octopus_apis
    if resource is None or not apis:
        return apis, resource, []
    try:
        found, left_out = sources_of(config, resource, apis)
    except Refused as error:
        return [], resource, [(DENIED, str(error))]
    return found, resource, [(DENIED, reason) for reason in left_out.values()]


def _declared(config: ResourceConfig) -> Resource | None:
    if isinstance(config, OctopusCustomResourceConfig):
        return build_custom(config.kind, config.selector)
    return {**FROM_JIRA, **FROM_OCTOPUS, **JOINED}.get(config.kind)
