"""What both vendors are asked to send: all that a processor takes."""

from collections.abc import Mapping

from core.sender import Sender
from jira.sender import JIRA_SENDER
from live_events.registration import Subscribed
from octopus.sender import OCTOPUS_SENDER
from webhook_processors import jira, octopus

SUBSCRIBED = Subscribed(
    jira_path=jira.PATH,
    jira_events=jira.EVENTS,
    octopus_path=octopus.PATH,
    octopus_categories=octopus.CATEGORIES,
)
# Who posts to which path.
SENDERS: Mapping[str, Sender] = {
    jira.PATH: JIRA_SENDER,
    octopus.PATH: OCTOPUS_SENDER,
}
