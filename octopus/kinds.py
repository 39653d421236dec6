"""The kinds of Octopus Deploy, as they are written in the mapping."""

from enum import StrEnum


class OctopusKind(StrEnum):
    """What can be brought from Octopus Deploy into the catalog."""

    SPACE = "octopus-space"
    PROJECT = "octopus-project"
    ENVIRONMENT = "octopus-environment"
    RELEASE = "octopus-release"
    DEPLOYMENT = "octopus-deployment"
    MACHINE = "octopus-machine"
