"""What all selectors have in common: nothing misspelt gets through."""

from typing import Any

from port_ocean.core.handlers.port_app_config.models import (
    Selector as FrameworkSelector,
)


class Selector(FrameworkSelector):
    """A kind's selector; unknown keys are refused when the mapping is read."""

    class Config:
        extra = "forbid"
        allow_population_by_field_name = True


def split_words(value: Any) -> Any:
    """Accept `a, b` where a list is expected, as the official integrations do."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value
