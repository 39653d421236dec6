"""The fixtures of the tests of octopus/."""

from tests.octopus.conftest import api, connect, server

__all__ = ["api", "connect", "server"]
