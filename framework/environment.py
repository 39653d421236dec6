"""Keep the environment, and with it this process's secrets, from the mapping."""

from loguru import logger
from port_ocean.config.settings import IntegrationConfiguration

SETTING = "allow_environment_variables_jq_access"
VARIABLE = f"OCEAN__{SETTING.upper()}"
OPEN = (
    f"{VARIABLE} lets the mapping read every variable of this process, the credentials"
    " of Port and of the vendors included. Whoever may edit the mapping can write them"
    " into the catalog, for all of its readers. Remove it, unless your mapping needs it"
)
_STATE = {"open": False}


def close_environment(config: IntegrationConfiguration) -> None:
    """Close the environment to the mapping unless the user has opened it.

    The framework would leave it open; a user who opens it is warned of the danger.
    """
    if SETTING not in config.model_fields_set:
        config.allow_environment_variables_jq_access = False
    _STATE["open"] = config.allow_environment_variables_jq_access
    if _STATE["open"]:
        logger.warning(OPEN)


def is_environment_open() -> bool:
    """Return whether the mapping may read the environment."""
    return _STATE["open"]
