"""A stand-in of Octopus Deploy."""

from sandbox.octopus.app import API_KEY, BEARER_TOKEN, OctopusSandbox

__all__ = ["API_KEY", "BEARER_TOKEN", "OctopusSandbox"]
