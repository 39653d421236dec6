"""What a mapping's expressions make of the owner of something."""

from typing import Any

import pytest

from framework.jq_guest import JqGuest, use_guest
from framework.jq_values import evaluate, explain
from framework.jq_worker import NO_ENVIRONMENT
from tests.conftest import SameProcess


@pytest.mark.parametrize("expression", ["env.SECRET", "$ENV.SECRET"])
@pytest.mark.parametrize("prefix", ["", NO_ENVIRONMENT])
async def test_the_environment_is_read_only_where_that_is_allowed(
    prefix: str, expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    use_guest(JqGuest(SameProcess(prefix)))
    assert await evaluate(expression, {}) == (None if prefix else "x")


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
async def test_an_expression_gives_its_first_output_or_nothing(
    expression: Any, found: Any
) -> None:
    assert await evaluate(expression, {"Id": "Projects-1"}) == found


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (".Id | error", "Projects-1"),
        (".Id.x", 'Cannot index string with string ("x")'),
        ("empty", "'empty' gives nothing"),
        (
            "not jq ~",
            "'not jq ~' is no jq: syntax error, unexpected IDENT, expecting"
            " end of file",
        ),
    ],
)
async def test_an_expression_without_output_has_a_reason(
    query: str, reason: str
) -> None:
    assert await explain(query, {"Id": "Projects-1"}) == reason
