"""The integration maps by itself unless the user wants Port to do it."""

from typing import Any

import pytest
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.core.models import ProcessingMode

from framework import processing_mode
from framework.processing_mode import prefer_ocean_core, warn_of_dsp_mode


@pytest.mark.parametrize("own", [None, *ProcessingMode])
def test_what_the_user_sets_counts(
    own: ProcessingMode | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own:
        monkeypatch.setenv("OCEAN__PROCESSING_MODE", own)
    config = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
    )
    prefer_ocean_core(config)
    assert config.processing_mode == (own or ProcessingMode.ocean_core)


@pytest.mark.parametrize("is_active", [True, False])
async def test_the_start_warns_of_what_does_not_hold(
    is_active: bool, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    async def is_dsp() -> Any:
        return is_active

    monkeypatch.setattr(processing_mode, "is_dsp_mode_enabled", is_dsp)
    await warn_of_dsp_mode()
    assert [processing_mode.NOT_IN_DSP_MODE in w for w in warnings] == [
        True
    ] * is_active
