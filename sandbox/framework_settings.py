"""Which of the framework's own settings people set, with the defaults of today."""

from collections.abc import Iterator

from port_ocean.config.settings import ApplicationSettings, IntegrationConfiguration
from pydantic_core import PydanticUndefined

from framework.environment import VARIABLE

PREFIX = "OCEAN__"
APPLICATION = "APPLICATION__"
CHOSEN = {
    "OCEAN__PORT__CLIENT_ID": "Port's credentials; required.",
    "OCEAN__PORT__CLIENT_SECRET": "Port's credentials; required.",
    "OCEAN__PORT__BASE_URL": "Port's address: https://api.us.getport.io in the US.",
    "OCEAN__INTEGRATION__IDENTIFIER": (
        "The name of this installation in Port; two with one name would delete each"
        " other's entities."
    ),
    "OCEAN__EVENT_LISTENER": (
        '`{"type":"POLLING"}`, the default, stays and asks Port for changes of the'
        ' mapping; `{"type":"ONCE"}` ends after one resync.'
    ),
    "OCEAN__SCHEDULED_RESYNC_INTERVAL": (
        "Minutes between resyncs; unset, only a changed mapping starts another one."
    ),
    "OCEAN__BASE_URL": "Where the vendors reach this process; turns live events on.",
    "OCEAN__PATH_PREFIX": "The path below which everything is served.",
    "OCEAN__CREATE_PORT_RESOURCES_ORIGIN": (
        "`Empty` creates no blueprints and begins with an empty mapping."
    ),
    "OCEAN__CLIENT_TIMEOUT": (
        "Seconds that a vendor may take to connect, to begin a reply and between its"
        " parts; a whole request may take three times as long."
    ),
    "OCEAN__CACHING_STORAGE_MODE": (
        "Where the framework keeps what it reads again: `disk` needs `/tmp/ocean`,"
        " `memory` no folder, such as on a root file system that is read-only."
    ),
    "OCEAN__SEND_RAW_DATA_EXAMPLES": (
        "Whether Port gets some of the vendors' items as examples, which its mapping"
        " editor shows. The chart's `sendRawDataExamples: false` does nothing: set"
        " this variable to `false` in `extraEnv`."
    ),
    VARIABLE: (
        "Whether the mapping may read the environment of the process, its credentials"
        " included. Whoever may edit the mapping can then write them into the catalog,"
        " for all of its readers. The framework's own default is `true`."
    ),
    "OCEAN__ACTIONS_PROCESSOR__ENABLED": (
        "Whether what people start in Port is carried out: docs/actions.md."
    ),
    "OCEAN__ACTIONS_PROCESSOR__VISIBILITY_TIMEOUT_MS": (
        "How long an action may take to be sent; after four times as long, another"
        " process ends a run that was left behind."
    ),
    "OCEAN__METRICS__ENABLED": "Prometheus' metrics at `/metrics`.",
    "OCEAN__SSL__THIRD_PARTY__VERIFY": "Whether the vendors' certificates are checked.",
    "APPLICATION__PORT": "The port that the process listens on; 0 for any free one.",
    "APPLICATION__LOG_LEVEL": "How much is logged: DEBUG, INFO, WARNING, ERROR.",
}


# Where the integration sets another default than the framework.
OURS = {VARIABLE: "`false`"}


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield the variable, its default in words and what it is for."""
    for variable, purpose in CHOSEN.items():
        yield variable, OURS.get(variable) or _default(variable), purpose


def _default(variable: str) -> str:
    """Look the default up where the framework declares it."""
    model = ApplicationSettings if APPLICATION in variable else IntegrationConfiguration
    *path, name = variable.partition("__")[2].lower().split("__")
    for part in path:
        model = model.model_fields[part].annotation  # type: ignore[assignment]
    field = model.model_fields[name]
    if field.default_factory or field.default in (None, "", PydanticUndefined):
        return ""
    value = field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
