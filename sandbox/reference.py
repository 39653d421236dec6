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

<!-- Written by `python -m sandbox reference` from .port/spec.yml and
the selectors: change those. -->

## Settings

Set these as environment variables, as values of the Helm chart's `integration.config`
and `integration.secrets`, or in Port's form. A product without any settings is not
used. If a product has only some of its settings, the start fails with a message that
names the others.

| setting | type | default | what it is for |
| --- | --- | --- | --- |
"""
PERMISSIONS_HEAD = """# Permissions

<!-- Written by `python -m sandbox reference` from jira/permissions.py
and octopus/permissions.py. -->

Run the [probe](../README.md#run-it-with-your-own-accounts) to see which permission is
missing. It asks both vendors what the accounts of `.env` may do. Then it tries the
mapping on an item of each kind, without writing anything, and compares it with Port's
blueprints: a JQL that Jira refuses, a name that nobody sees, an expression that is no
jq, a property that a blueprint lacks. The framework's report is in `probe_reports/`.

`python -m commands.probe` exits with 0 if every kind of the mapping will sync, with 1
if one will not, and with 2 if it could not find out, for example because Port refuses
the credentials. Under `make probe`, make itself exits with 2 for both, and names the
status: `make: *** [probe] Error 1`.

## Signing in to Jira

- **API token without scopes**: e-mail and token of a person. It can read all kinds.
- **API token with scopes**, also that of a service account: the same settings. The site
  refuses such tokens, so the integration uses Atlassian's gateway by itself. It can
  read all kinds except `jira-team`.
- **OAuth through Port**: `jiraHost` only; Port provides the token file. It can read all
  kinds except `jira-team`.

`jira-team` also needs `atlassianOrganizationId`. A kind that the sign-in can't read is
skipped with one message, and its entities are kept.

Permissions are those of the account, with every sign-in. `BROWSE_PROJECTS` is *Browse
projects* in each project to sync. `USER_PICKER` is *Browse users and groups*, and
`ADMINISTER` is *Administer Jira*; both are global. Scopes concern OAuth, and tokens
that have scopes. Signing in takes `read:jira-user`, the probe also `read:jira-work`,
[actions](actions.md) `write:jira-work`.

## Signing in to Octopus Deploy

- **API key**: `octopusApiKey`.
- **Access token**, which is not renewed: `octopusAccessToken`.
- **OpenID Connect**: the workload's identity token, read from the file
  `octopusIdTokenFile`, is exchanged for access tokens of `octopusServiceAccountId`.

Without an API key, live events also need `octopusWebhookSecret`.
"""
HOOK_SCOPE = "under OAuth `manage:jira-webhook`; tokens with scopes can't register any"
CATALOG_HEAD = """# Catalog

<!-- Written by `python -m sandbox reference` from .port/resources/blueprints.json. -->

These are the default blueprints. An arrow is a relation; a dotted one leads to several
entities. Blueprints of the optional kinds are in [.port/examples](../.port/examples).

```mermaid
flowchart LR
"""
FRAMEWORK = """
## Settings of the framework

These are the most important ones. The defaults are those of the locked port-ocean.

| environment variable | default | what it is for |
| --- | --- | --- |
"""
SELECTORS = """
## Selectors

These keys can be in the mapping's `selector` of each kind, besides `query`. You can
also write a list as text with commas. An unknown key or a wrong value is refused when
the mapping is read, with a message that lists the allowed ones.
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
    lines.append(f"| finding missed live events | {_names(of_octopus.WATCH)} |")
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
