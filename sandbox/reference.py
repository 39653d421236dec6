"""Write the pages that say what is declared: settings, permissions, blueprints."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
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
EXAMPLES = ROOT / ".port/examples"
# Port's form takes HTML.
LINK = re.compile(r'<a href="([^"]+)" target="_blank">([^<]+)</a>')
PREFIX = "OCEAN__INTEGRATION__CONFIG__"
HOOK_SCOPE = "under OAuth `manage:jira-webhook`; tokens with scopes can't register any"


def reference() -> str:
    """Return the page of all settings and selectors."""
    models = get_args(JiraOctopusPortAppConfig.__fields__["resources"].type_)
    return _page(
        "configuration",
        settings=_settings(),
        framework=(
            f"| `{name}` | {default} | {text} |" for name, default, text in rows()
        ),
        kinds=(line for model in models for line in _kind(model)),
    )


def _page(name: str, **parts: Iterable[str]) -> str:
    """Return a page of `pages/` with its parts filled in, a line for each text."""
    text = Path(__file__).with_name("pages").joinpath(f"{name}.md").read_text("utf-8")
    for part, lines in parts.items():
        text = text.replace(f"{{{part}}}", "\n".join(lines))
    return text


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
    link = f" [Example](../.port/examples/{kinds[0]})." if kinds else ""
    yield f"{kind.description}{link}"
    fields = [
        field
        for field in model.__fields__["selector"].type_.__fields__.values()
        if field.name not in ("query", "export_env_variables", "sites")
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
    return _page("permissions", jira=_of_jira(), octopus=_of_octopus())


def _of_jira() -> Iterator[str]:
    for kind, needed in of_jira.PERMISSIONS.items():
        scopes = _names(of_jira.SCOPES[kind])
        yield f"| `{kind}` | {_names(needed)} | {scopes} |"
    yield f"| live events | {_names(of_jira.SUBSCRIBE)} | {HOOK_SCOPE} |"


def _of_octopus() -> Iterator[str]:
    for kind, needed in of_octopus.PERMISSIONS.items():
        yield f"| `{kind}` | {_names(needed)} |"
    yield f"| live events | {_names(of_octopus.SUBSCRIBE)} |"
    yield f"| removing live events | {_names(of_octopus.UNSUBSCRIBE)} |"
    yield f"| finding missed live events | {_names(of_octopus.WATCH)} |"


def _names(needed: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in needed) or "none"


def catalog() -> str:
    """Return the page of the default blueprints and their relations."""
    blueprints = json.loads(BLUEPRINTS.read_text("utf-8"))
    return _page(
        "catalog",
        issue=[_issue()],
        drawing=_drawing(blueprints),
        blueprints=map(_blueprint, blueprints),
    )


def _drawing(blueprints: list[dict[str, Any]]) -> Iterator[str]:
    for blueprint in blueprints:
        yield f"  {blueprint['identifier']}[{blueprint['title']}]"
    for blueprint in blueprints:
        for name, relation in blueprint["relations"].items():
            arrow = "-.->" if relation["many"] else "-->"
            yield f"  {blueprint['identifier']} {arrow}|{name}| {relation['target']}"


def _blueprint(blueprint: dict[str, Any]) -> str:
    own = _names(tuple(blueprint["schema"]["properties"]))
    parts = ("mirror", "calculation", "aggregation")
    made = [name for part in parts for name in blueprint.get(f"{part}Properties", {})]
    calculated = _names(tuple(made)) if made else ""
    return f"| `{blueprint['identifier']}` | {own} | {calculated} |"


def _issue() -> str:
    """Return some of the example of an issue."""
    text = (EXAMPLES / "jira-issue/entity.json").read_text("utf-8")
    entity = json.loads(text)
    properties = entity["properties"]
    entity["properties"] = {n: properties[n] for n in ("url", "status", "type")}
    return json.dumps(entity, indent=2)


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
