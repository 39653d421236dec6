"""What both kinds of resyncs need before they read anything."""

from links.connections import Connections
from links.jira_projects import JiraProjects
from links.products import sign_in


async def prepare(connections: Connections, projects: JiraProjects) -> None:
    """Sign in, and learn Jira's projects; raises ApiError if every sign-in fails."""
    signed_in = await sign_in(connections)
    if signed_in.intersection(connections.jira_apis):
        await projects.learn(signed_in=signed_in)
