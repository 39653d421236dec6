"""Selectors as a mapping would make them."""

import json
from functools import cache
from typing import Any

from integration import JiraOctopusPortAppConfig


def selector_of(kind: str, selector: dict[str, Any]) -> Any:
    """Return a selector that the test may change."""
    return _parsed(kind, json.dumps(selector)).copy(deep=True)


@cache
def _parsed(kind: str, selector: str) -> Any:
    """Parse what many tests need, for the configuration tries every kind."""
    mappings = {"identifier": ".id", "blueprint": '"x"'}
    resource = {
        "kind": kind,
        "selector": json.loads(selector),
        "port": {"entity": {"mappings": mappings}},
    }
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [resource]})
    return config.resources[0].selector
