"""Write the pages that say what is declared: settings, permissions, blueprints."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import yaml

import jira.permissions as of_jira
import octopus.permissions as of_octopus
from integration import JiraOctopusPortAppConfig
from sandbox.framework_settings import rows
from sandbox.sail import ROOT

FILE = ROOT / "docs/configuration.md"
BLUEPRINTS = ROOT / ".port/resources/blueprints.json"
SPEC = ROOT / ".port/spec.yml"
# Port's form takes HTML.
LINK = re.compile(r'<a href="([^"]+)" target="_blank">([^<]+)</a>')
PREFIX = "OCEAN__INTEGRATION__CONFIG__"
HEAD = """# Configuration

<!-- Written by `make docs` from .port/spec.yml and the selectors: change those. -->

## Settings

Each is an environment variable, or a value of the Helm chart's `integration.config` and
`integration.secrets`, or a field of Port's form. A product without any settings is not
used; half of its settings end the start with a message.

| setting | type | default | what it is for |
| --- | --- | --- | --- |
"""
PERMISSIONS_HEAD = """# Permissions

<!-- Written by `make docs` from jira/permissions.py and octopus/permissions.py. -->

`make probe` asks both vendors what the accounts of `.env` may do, and prints for each
kind, and each space of Octopus, whether it can be read, or which of these is missing.
It writes the framework's report into `probe_reports/`, and ends with 1 when a kind of
the mapping will not sync, with 2 when that could not be found out.

## Signing in to Jira

- **API token without scopes**: e-mail and token of a person. Brings all kinds.
- **API token with scopes**, also that of a service account: the same settings. The site
  refuses such tokens, so the integration goes through Atlassian's gateway by itself.
  Brings all kinds but `jira-team`.
- **OAuth through Port**: `jiraHost` only; Port provides the token file. Brings all
  kinds but `jira-team`.

`jira-team` also needs `atlassianOrganizationId`. A kind that the sign-in can't bring is
skipped with one message, and its entities stay.

Permissions are those of the account, whatever the sign-in: `BROWSE_PROJECTS` is *Browse
projects* in each project that is to be brought; `USER_PICKER` is *Browse users and
groups* and `ADMINISTER` is *Administer Jira*, both global. Scopes concern tokens that
have scopes, and OAuth; signing in alone takes `read:jira-user` and `read:jira-work`.

## Signing in to Octopus Deploy

- **API key**: `octopusApiKey`.
- **Access token**, which is not renewed: `octopusAccessToken`.
- **OpenID Connect**: the workload's identity token, read from the file
  `octopusIdTokenFile`, is traded for access tokens of `octopusServiceAccountId`.

Without an API key, live events also need `octopusWebhookSecret`.
"""
HOOK_SCOPE = "under OAuth `manage:jira-webhook`; tokens with scopes can't register any"
CATALOG_HEAD = """# Catalog

<!-- Written by `make docs` from .port/resources/blueprints.json. -->

The default blueprints. An arrow is a relation, a dotted one leads to several entities.
Those of the optional kinds are in [.port/examples](../.port/examples).

```mermaid
flowchart LR
"""
FRAMEWORK = """
## Settings of the framework

Those that matter most; the defaults are those of port-ocean as it is locked here.

| environment variable | default | what it is for |
| --- | --- | --- |
"""
SELECTORS = """
## Selectors

What the mapping's `selector` may have for each kind, besides `query`. Lists may also be
written as text with commas. An unknown key or a wrong value is refused when the mapping
is read, with the allowed ones in the message.
"""


def reference() -> str:
    """Return the whole page."""
    lines = [HEAD.rstrip("\n"), *_settings(), FRAMEWORK.rstrip("\n")]
    lines += [f"| `{name}` | {default} | {text} |" for name, default, text in rows()]
    lines.append(SELECTORS.rstrip("\n"))
    for model in get_args(JiraOctopusPortAppConfig.__fields__["resources"].type_):
        lines += _kind(model)
    return "\n".join(lines) + "\n"


def _settings() -> Iterator[str]:
    for setting in yaml.safe_load(SPEC.read_text("utf-8"))["configurations"]:
        variable = PREFIX + _snake(setting["name"]).upper()
        cells = (
            f"`{setting['name']}`<br>`{variable}`",
            _type(setting),
            _text(setting.get("default", "")),
            _cell(setting["description"]),
        )
        yield f"| {' | '.join(cells)} |"


def _type(setting: dict[str, Any]) -> str:
    if choices := setting.get("enum"):
        return _names(tuple(choices))
    return str(setting["type"]) + (", secret" if setting.get("sensitive") else "")


def _kind(model: Any) -> Iterator[str]:
    kinds = get_args(model.__fields__["kind"].type_)
    kind = model.__fields__["kind"].field_info
    yield f"\n### {f'`{kinds[0]}`' if kinds else 'Any other name'}\n"
    yield kind.description
    fields = [
        field
        for field in model.__fields__["selector"].type_.__fields__.values()
        if field.name not in ("query", "export_env_variables")
    ]
    if not fields:
        return
    yield "\n| key | values | default | |\n| --- | --- | --- | --- |"
    for field in fields:
        values, default = _values(field), _default(field)
        text = _cell(field.field_info.description or "")
        yield f"| `{field.alias}` | {values} | {default} | {text} |"


def _values(field: Any) -> str:
    """Return the allowed values, or the type in words."""
    many = " list" if "List" in str(field._type_display()) else ""
    choices = get_args(field.type_)
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f"`{choice}`" for choice in choices)
    if field.shape == 12 or "Mapping" in str(field._type_display()):
        return "object"
    names = {"str": "text", "bool": "yes or no", "int": "number"}
    name = getattr(field.type_, "__name__", "")
    return names.get(name, "number" if "Int" in name else name) + many


def _default(field: Any) -> str:
    if field.required:
        return "required"
    value = field.default
    if value in (None, [], {}, ""):
        return ""
    if isinstance(value, list):
        return ", ".join(f"`{each}`" for each in value)
    return f"`{_text(value)}`"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    text = LINK.sub(r"[\2](\1)", text)
    return " ".join(text.split()).replace("|", "\\|")


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def permissions() -> str:
    """Return the page of what each kind needs."""
    lines = [PERMISSIONS_HEAD.rstrip("\n"), "\n## What the kinds of Jira need\n"]
    lines += ["| kind | permissions | scopes |", "| --- | --- | --- |"]
    for kind, needed in of_jira.PERMISSIONS.items():
        scopes = _names(of_jira.SCOPES[kind])
        lines.append(f"| `{kind}` | {_names(needed)} | {scopes} |")
    lines.append(f"| live events | {_names(of_jira.SUBSCRIBE)} | {HOOK_SCOPE} |")
    lines += ["\n## What the kinds of Octopus Deploy need\n"]
    lines += ["| kind | permissions |", "| --- | --- |"]
    for kind, needed in of_octopus.PERMISSIONS.items():
        lines.append(f"| `{kind}` | {_names(needed)} |")
    lines.append(f"| live events | {_names(of_octopus.SUBSCRIBE)} |")
    lines.append(f"| removing live events | {_names(of_octopus.UNSUBSCRIBE)} |")
    lines.append(f"| finding lost live events | {_names(of_octopus.WATCH)} |")
    return "\n".join(lines) + "\n"


def _names(needed: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in needed) or "none"


def catalog() -> str:
    """Return the page of the default blueprints and their relations."""
    blueprints = json.loads(BLUEPRINTS.read_text("utf-8"))
    lines = [CATALOG_HEAD.rstrip("\n")]
    for blueprint in blueprints:
        lines.append(f"  {blueprint['identifier']}[{blueprint['title']}]")
    for blueprint in blueprints:
        for name, relation in blueprint["relations"].items():
            arrow = "-.->" if relation["many"] else "-->"
            lines.append(
                f"  {blueprint['identifier']} {arrow}|{name}| {relation['target']}"
            )
    lines += ["```\n", "| blueprint | properties | calculated in Port |"]
    lines += ["| --- | --- | --- |"]
    for blueprint in blueprints:
        own = _names(tuple(blueprint["schema"]["properties"]))
        parts = ("mirror", "calculation", "aggregation")
        made = [
            name for part in parts for name in blueprint.get(f"{part}Properties", {})
        ]
        calculated = _names(tuple(made)) if made else ""
        lines.append(f"| `{blueprint['identifier']}` | {own} | {calculated} |")
    return "\n".join(lines) + "\n"


PAGES = {
    FILE: reference,
    ROOT / "docs/permissions.md": permissions,
    ROOT / "docs/catalog.md": catalog,
}


def write() -> None:
    """Write the pages."""
    for file, page in PAGES.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(page(), "utf-8")
