"""The fixtures of the tests of jira/."""

from tests.jira.conftest import api, connect, site

__all__ = ["api", "connect", "site"]
