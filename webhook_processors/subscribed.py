"""What both vendors are asked to send, who posts it where, and who processes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.sender import Sender
from jira.sender import JiraSender
from links.connections import Connections
from live_events.registration import Subscribed, path_of
from octopus.sender import OctopusSender
from webhook_processors import jira, octopus
from webhook_processors.base import VendorWebhookProcessor

SUBSCRIBED = Subscribed(
    jira_path=jira.PATH,
    jira_events=jira.EVENTS,
    octopus_path=octopus.PATH,
    octopus_categories=octopus.CATEGORIES,
)


@dataclass(frozen=True)
class Endpoint:
    """A path, who posts to it, and who processes what is posted."""

    path: str
    sender: Sender
    processors: tuple[type[VendorWebhookProcessor], ...]


def endpoints(connections: Connections) -> Iterator[Endpoint]:
    """Yield one endpoint for each site of Jira and each server of Octopus."""
    sites = [api.site for api in connections.jira_apis]
    for site in connections.jira:
        sender = JiraSender(site.api, site.webhook_secret)
        processors = (*jira.PROCESSORS, *jira.OWN_PROCESSORS)
        bound = tuple(p.bound_to(site.api, sender, sites) for p in processors)
        yield Endpoint(path_of(jira.PATH, site.api.site), sender, bound)
    sites = [api.site for api in connections.octopus_apis]
    for server in connections.octopus:
        api, secret = server.api, server.webhook_secret
        posting = OctopusSender(secret, api.site)
        own = tuple(p.bound_to(api, posting, sites) for p in octopus.PROCESSORS)
        yield Endpoint(path_of(octopus.PATH, api.site), posting, own)
