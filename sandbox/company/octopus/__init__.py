"""What the company delivers."""

from sandbox.company.base import Draft
from sandbox.company.octopus.deployments import build_deployments
from sandbox.company.octopus.infrastructure import build_infrastructure
from sandbox.company.octopus.library import build_library
from sandbox.company.octopus.oversight import build_oversight
from sandbox.company.octopus.projects import build_projects
from sandbox.company.octopus.releases import build_releases
from sandbox.company.octopus.runbooks import build_runbooks
from sandbox.company.octopus.spaces import build_spaces


def build_octopus(draft: Draft) -> None:
    """Fill the company's Octopus; each step uses what the ones before it made."""
    build_spaces(draft)
    build_library(draft)
    build_projects(draft)
    build_infrastructure(draft)
    build_releases(draft)
    build_deployments(draft)
    build_runbooks(draft)
    build_oversight(draft)
