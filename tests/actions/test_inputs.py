"""Inputs that can't be sent are refused before anything happens."""

from typing import Any

import pytest

from actions.failures import ActionFailed
from actions.inputs import ARRAY, BOOLEAN, OBJECT, STRING, Input, read_inputs

ODD: dict[str, tuple[str, Any]] = {
    "half a character": (STRING, "half of \ud83d"),
    "half a character in an object": (OBJECT, {"a": "half of \ud83d"}),
    "no number": (OBJECT, '{"a": NaN}'),
    "too deep": (OBJECT, "[" * 100_000),
}


@pytest.mark.parametrize(("type_", "given"), ODD.values(), ids=ODD)
def test_what_cannot_be_sent_is_refused(type_: str, given: Any) -> None:
    with pytest.raises(ActionFailed, match="x must be a") as raised:
        read_inputs((Input(name="x", type=type_),), {"x": given})
    assert raised.value.status_label == "Input wrong"


def test_names_lose_the_scope_of_their_connection_and_words_keep_theirs() -> None:
    declared = (
        Input(name="issueKey"),
        Input(name="tenants", type=ARRAY),
        Input(name="comment", is_text=True),
        Input(name="internal", type=BOOLEAN),
    )
    given = {
        "issueKey": "emea/SHOP-1",
        "tenants": "emea/Tenants-1, Tenants-2",
        "comment": "emea/SHOP-1",
        "internal": True,
    }
    inputs = read_inputs(declared, given, "emea/")
    assert inputs.text("issueKey") == "SHOP-1"
    assert inputs.texts("tenants") == ["Tenants-1", "Tenants-2"]
    assert inputs.text("comment") == "emea/SHOP-1"
    assert inputs.flag("internal")
