"""A stand-in of Octopus Deploy."""

from sandbox.octopus.app import OctopusSandbox
from sandbox.octopus.state import API_KEY, BEARER_TOKEN

__all__ = ["API_KEY", "BEARER_TOKEN", "OctopusSandbox"]
