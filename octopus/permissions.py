"""What each kind of Octopus Deploy needs, by the names that roles there are made of.

https://octopus.com/docs/security/users-and-teams/default-permissions
"""

from collections.abc import Mapping

from octopus.kinds import OctopusKind

# Kinds that the server has one list of; all others are lists of each space.
OF_SERVER = (
    OctopusKind.SPACE,
    OctopusKind.TEAM,
    OctopusKind.USER,
    OctopusKind.DEPLOYMENT_FREEZE,
    OctopusKind.POLICY,
    OctopusKind.PROCESS_TEMPLATE,
)

PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    OctopusKind.SPACE: ("SpaceView",),
    OctopusKind.PROJECT_GROUP: ("ProjectGroupView",),
    OctopusKind.PROJECT: ("ProjectView",),
    OctopusKind.CHANNEL: ("ProcessView",),
    OctopusKind.LIFECYCLE: ("LifecycleView",),
    OctopusKind.ENVIRONMENT: ("EnvironmentView",),
    OctopusKind.TENANT: ("TenantView",),
    OctopusKind.RELEASE: ("ReleaseView",),
    # The task knows the state of what it does.
    OctopusKind.DEPLOYMENT: ("DeploymentView", "TaskView"),
    OctopusKind.CURRENT_RELEASE: ("DeploymentView", "ProjectView", "EnvironmentView"),
    # Projects say whether their runbooks are in Git.
    OctopusKind.RUNBOOK: ("RunbookView", "ProjectView"),
    OctopusKind.RUNBOOK_RUN: ("RunbookRunView", "TaskView"),
    OctopusKind.TASK: ("TaskView",),
    OctopusKind.INTERRUPTION: ("InterruptionView",),
    # Reading approvals has no documented permission; they belong to tasks.
    OctopusKind.APPROVAL: ("TaskView",),
    # Only changing freezes has a documented permission, so reading is tried.
    OctopusKind.DEPLOYMENT_FREEZE: (),
    OctopusKind.MACHINE: ("MachineView",),
    OctopusKind.WORKER: ("WorkerView",),
    OctopusKind.WORKER_POOL: ("WorkerView",),
    OctopusKind.TEAM: ("TeamView",),
    OctopusKind.USER: ("UserView",),
    OctopusKind.ACCOUNT: ("AccountView",),
    OctopusKind.CERTIFICATE: ("CertificateView",),
    OctopusKind.LIBRARY_VARIABLE_SET: ("LibraryVariableSetView",),
    OctopusKind.FEED: ("FeedView",),
    # Only teams of the server can have it: https://octopus.com/docs/platform-hub
    OctopusKind.POLICY: ("PlatformHubView",),
    OctopusKind.PROCESS_TEMPLATE: ("PlatformHubView",),
}

# What registering live events needs in each space.
SUBSCRIBE = ("SubscriptionView", "SubscriptionCreate", "SubscriptionEdit")
# What removing what was registered needs.
UNSUBSCRIBE = ("SubscriptionView", "SubscriptionDelete")
# What finding missed events needs.
WATCH = ("EventView", "TaskView")
