"""The stage of an environment is told by its name, and by the setting alone."""

import pytest

from core.errors import ConfigurationError
from octopus.stages import DEFAULT_STAGES, parse_stages, stage_of


@pytest.mark.parametrize(
    ("environment", "stage"),
    [
        ("Development", "Development"),
        ("DEV-2", "Development"),
        ("QA", "Test"),
        ("nonprod", "Test"),
        ("EU Non-Prod", "Test"),
        ("pre_production", "Staging"),
        ("UAT", "Staging"),
        ("ProdEU", "Production"),
        ("Devices-Production", "Production"),
        ("Live (US)", "Production"),
        ("Latest", None),
        ("Delivery", None),
        ("", None),
        (None, None),
    ],
)
def test_the_usual_english_names_are_known(
    environment: str | None, stage: str | None
) -> None:
    found = stage_of(parse_stages(DEFAULT_STAGES), environment)
    assert (found and found.name) == stage


def test_own_stages_have_their_own_order() -> None:
    first, last = parse_stages(" Integration: int* ; Echt: prod, wirk?etrieb ")

    assert (first.name, first.number, last.name, last.number) == (
        *("Integration", 1),
        *("Echt", 2),
    )
    assert stage_of((first, last), "Wirkbetrieb Nord") is last
    assert stage_of((first, last), "Production") is None


@pytest.mark.parametrize("setting", [" ; ", "Production", "Production:", ": prod"])
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="write it like"):
        parse_stages(setting)


def test_letters_of_patterns_are_no_expressions() -> None:
    (stage,) = parse_stages("Production: p.d+")
    assert stage_of((stage,), "pxdd") is None
    assert stage_of((stage,), "the P.D+ one") is stage
