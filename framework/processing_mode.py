"""Have this process map and reconcile, rather than Port (DSP mode)."""

from loguru import logger
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.core.integrations.mixins.utils import is_dsp_mode_enabled
from port_ocean.core.models import ProcessingMode

NOT_IN_DSP_MODE = (
    "Port maps and reconciles by itself (DSP mode). It can't know what a resync"
    " could not read, so one error ends the deletion of everything; a value that is"
    " unknown for a moment is overwritten with null; large deletions are not confirmed."
    " Remove OCEAN__PROCESSING_MODE to have the integration do it"
)


def prefer_ocean_core(config: IntegrationConfiguration) -> None:
    """Choose the framework's own mode unless the user has set another.

    The framework would choose DSP mode, where what is not proven can't be kept.
    """
    if "processing_mode" not in config.model_fields_set:
        config.processing_mode = ProcessingMode.ocean_core


async def warn_of_dsp_mode() -> None:
    """Warn once, at the start, what does not hold if Port maps and reconciles."""
    if await is_dsp_mode_enabled():
        logger.warning(NOT_IN_DSP_MODE)
