"""What a mapping's expressions make of the owner of something."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.entity_processor import jq_entity_processor_sync

from webhook_processors.dependents import evaluate


@pytest.fixture(params=[True, False], ids=["allowed", "forbidden"])
def is_allowed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Let expressions read the environment, or not."""
    config = SimpleNamespace(allow_environment_variables_jq_access=request.param)
    context = SimpleNamespace(config=config)
    monkeypatch.setattr(jq_entity_processor_sync, "ocean", context)
    monkeypatch.setenv("DEPENDENTS_SECRET", "x")
    return bool(request.param)


@pytest.mark.parametrize(
    "expression", ["env.DEPENDENTS_SECRET", "$ENV.DEPENDENTS_SECRET"]
)
def test_the_environment_is_read_only_where_that_is_allowed(
    is_allowed: bool, expression: str
) -> None:
    assert evaluate(expression, {}) == ("x" if is_allowed else None)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        (".Id", "Projects-1"),
        ("'quoted'", "quoted"),
        (".Id | error", None),
        ("empty", None),
        ("not jq at all ~", None),
        ({"combinator": "and"}, None),
        (None, None),
    ],
)
def test_an_expression_gives_its_first_output_or_nothing(
    is_allowed: bool, expression: Any, found: Any
) -> None:
    assert evaluate(expression, {"Id": "Projects-1"}) == found
