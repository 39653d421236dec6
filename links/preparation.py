"""What both kinds of resyncs need before they read anything."""

from jira.connection import PRODUCT as JIRA
from links.jira_projects import try_to_learn
from links.products import sign_in


async def prepare() -> None:
    """Sign in, and learn Jira's projects; raises ApiError if every sign-in fails."""
    if JIRA in await sign_in():
        await try_to_learn(signed_in=True)
