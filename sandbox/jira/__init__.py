"""A stand-in of Jira Cloud."""

from sandbox.jira.app import JiraSandbox
from sandbox.jira.state import API_TOKEN, EMAIL, OAUTH_TOKEN

__all__ = ["API_TOKEN", "EMAIL", "OAUTH_TOKEN", "JiraSandbox"]
