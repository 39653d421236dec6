"""A stand-in of Jira Cloud."""

from sandbox.jira.app import API_TOKEN, EMAIL, OAUTH_TOKEN, JiraSandbox

__all__ = ["API_TOKEN", "EMAIL", "OAUTH_TOKEN", "JiraSandbox"]
