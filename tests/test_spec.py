"""The spec is what the framework and Port's UI need, and says what the code does."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import jq
import pytest
from humps import decamelize
from port_ocean.config.dynamic import default_config_factory
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.utils.misc import get_spec_file, get_spec_kinds

import jira.settings as of_jira
import octopus.settings as of_octopus
from core.errors import ConfigurationError
from core.settings import NOT_USED
from jira.kinds import JiraKind
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from tests.port_form import Form, Spec

ROOT = Path(__file__).parents[1]
RAW: dict[str, Any] = get_spec_file(ROOT) or {}
SPEC = Spec.model_validate(RAW)
FIELDS = {field.name: field for field in SPEC.configurations}
FORM = Form(SPEC.configurations)
SWITCHES = [field for field in SPEC.configurations if field.enum]
CHOICES = [
    dict(zip([switch.name for switch in SWITCHES], choice, strict=True))
    for choice in product(*(switch.enum for switch in SWITCHES))
]
EACH_CHOICE = pytest.mark.parametrize(
    "choice", CHOICES, ids=lambda c: "-".join(c.values())
)
# Something that fits wherever it is asked for.
ANSWERS = {
    name: "https://example.test" if re.search("Host$|Url$", name) else "something"
    for name in FIELDS
}
type Config = dict[str, Any]


def by_the_framework(answers: Config) -> Config:
    """Return the settings as the framework hands them on, with its defaults."""
    variables = {decamelize(name): value for name, value in answers.items()}
    model = default_config_factory(RAW["configurations"])
    return model.model_validate(variables).model_dump()


def products(answers: Config) -> set[str]:
    """Return the products that the code takes for set up; half of one is an error."""
    config = by_the_framework(answers)
    found = {
        of_jira.PRODUCT: of_jira.parse_settings(config),
        of_octopus.PRODUCT: of_octopus.parse_settings(config),
    }
    return {name for name, settings in found.items() if settings}


def chosen(choice: Config) -> set[str]:
    names = {"jiraSignIn": of_jira.PRODUCT, "octopusSignIn": of_octopus.PRODUCT}
    return {name for switch, name in names.items() if choice[switch] != NOT_USED}


def test_the_framework_reads_every_kind_of_it() -> None:
    assert sorted(get_spec_kinds(ROOT)) == sorted([*JiraKind, *LinkKind, *OctopusKind])


def test_everything_is_optional_for_the_framework_and_has_its_type() -> None:
    config = by_the_framework({})

    assert config.keys() == {decamelize(name) for name in FIELDS}
    for field in SPEC.configurations:
        assert config[decamelize(field.name)] == field.default


def test_the_framework_accepts_it_where_port_hosts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)

    runtime = IntegrationConfiguration.validate_runtime

    for name in ("Saas", "OnPrem"):
        model = IntegrationConfiguration.model_fields["runtime"].annotation
        assert model is not None
        assert runtime(model(name)) == model(name)


def test_every_name_that_is_referred_to_is_a_setting() -> None:
    oauth = SPEC.saas.oauthConfiguration
    names = {
        *(d.on for field in SPEC.configurations for d in field.dependencies),
        *(name for s in SPEC.interface.sections for name in s.configurationNames),
        *(secret.name for secret in oauth.requiredSecrets),
        *oauth.valuesOverride.integrationSpec,
    }
    assert names <= FIELDS.keys()
    assert len(SPEC.configurations) == len(FIELDS)
    for secret in oauth.requiredSecrets:
        assert FIELDS[secret.name].sensitive


def test_dependencies_wait_for_values_that_can_be_chosen() -> None:
    for field in SPEC.configurations:
        # Of several, nobody has told whether one or all would have to be met.
        assert len(field.dependencies) <= 1, field.name
        for dependency in field.dependencies:
            switch = FIELDS[dependency.on]
            assert not switch.dependencies, f"{field.name}: a chain of dependencies"
            assert set(dependency.when.values) <= set(switch.enum), field.name


def test_switches_offer_what_the_code_knows() -> None:
    offered = {switch.name: switch.enum for switch in SWITCHES}

    assert offered == {
        "jiraSignIn": [*of_jira.WAYS, NOT_USED],
        "octopusSignIn": [*of_octopus.WAYS, NOT_USED],
    }
    for switch in SWITCHES:
        assert switch.default == switch.enum[0]
        assert switch.format == "tabSwitcher"


@EACH_CHOICE
def test_what_the_form_asks_for_is_enough(choice: Config) -> None:
    asked = {name: ANSWERS[name] for name in FORM.required(choice)}

    assert products({**choice, **asked}) == chosen(choice)


@EACH_CHOICE
def test_half_a_product_cannot_be_entered(choice: Config) -> None:
    required = FORM.required(choice)
    asked = {name: ANSWERS[name] for name in required}

    for absent in required:
        # The form doesn't let it through, and the code wouldn't either.
        half = {name: value for name, value in asked.items() if name != absent}
        with pytest.raises(ConfigurationError, match=absent):
            products({**choice, **half})


@EACH_CHOICE
def test_the_form_shows_nothing_of_a_product_that_is_not_used(choice: Config) -> None:
    shown = {name for name, _ in FORM.shown(choice)} - {s.name for s in SWITCHES}
    prefixes = {
        of_jira.PRODUCT: ("jira", "atlassian"),
        of_octopus.PRODUCT: ("octopus",),
    }
    for name, prefix in prefixes.items():
        belonging = {each for each in shown if each.startswith(prefix)}
        assert bool(belonging) == (name in chosen(choice))


def test_what_is_left_of_a_product_that_is_not_used_does_not_matter() -> None:
    left = {name: ANSWERS[name] for name in ("jiraHost", "octopusServerUrl")}

    assert (
        products({**left, "jiraSignIn": NOT_USED, "octopusSignIn": NOT_USED}) == set()
    )


@pytest.mark.parametrize(
    "way", ["octopusApiKey", "octopusAccessToken", "octopusServiceAccountId"]
)
def test_without_the_form_what_is_set_decides(way: str) -> None:
    answers = {name: ANSWERS[name] for name in ("octopusServerUrl", way)}
    if way == "octopusServiceAccountId":
        answers["octopusIdTokenFile"] = ANSWERS["octopusIdTokenFile"]

    assert products(answers) == {of_octopus.PRODUCT}


@pytest.mark.parametrize("switch", ["jiraSignIn", "octopusSignIn"])
def test_a_choice_that_the_form_does_not_have_is_refused(switch: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{switch} must be one of:.*Not used"):
        products({switch: "none"})


def test_oauth_leads_to_the_gateway_of_the_site() -> None:
    data = {
        "oauthData": {
            "accessToken": "token",
            "profile": {"email": "a@b.test", "accessibleResources": [{"id": "c-1"}]},
        }
    }
    oauth = SPEC.saas.oauthConfiguration
    expressions = oauth.valuesOverride.integrationSpec | {
        secret.name: secret.value for secret in oauth.requiredSecrets
    }
    answers = {
        name: jq.compile(expression).input_value(data).first()
        for name, expression in expressions.items()
    }
    (settings,) = of_jira.parse_settings(by_the_framework(answers), oauth=True)

    assert settings.base_url == "https://api.atlassian.com/ex/jira/c-1"


def test_secrets_are_marked() -> None:
    secret = {name for name in FIELDS if re.search("Token$|Key$|Secret$|Email$", name)}

    lists = {"jiraSites", "octopusServers"}  # of objects that have such settings
    found = {name for name, field in FIELDS.items() if field.sensitive}
    assert found == secret | lists


def test_help_texts_are_sentences_whose_links_open_beside_the_form() -> None:
    for field in SPEC.configurations:
        assert field.description.endswith("."), field.name
        tags = re.findall(r"<[^>]+>", field.description)
        for tag in tags:
            assert re.fullmatch(
                r'<a href="https://[^"]+" target="_blank">|</a>', tag
            ), field.name
