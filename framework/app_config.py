"""Read the mapping so that a mistake in it becomes one message a person understands."""

from difflib import get_close_matches
from typing import Any, get_args

from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from pydantic.v1 import BaseModel, ValidationError, validator

from framework.environment import VARIABLE, is_environment_open


class ReadablePortAppConfig(PortAppConfig):
    """Check each resource against the class of its kind instead of the whole union.

    The union would answer one typing error with the complaints of every kind.
    """

    class Config:
        # What is parsed is taken as it is, not tried against all of the union again.
        smart_union = True

    @validator("resources", pre=True)
    @classmethod
    def _parse_each_resource(cls, resources: Any) -> Any:
        if not isinstance(resources, list):
            return resources
        models, custom = _models_by_kind(cls)
        parsed, problems = [], []
        for index, resource in enumerate(resources):
            try:
                parsed.append(_parse(models, custom, resource))
            except _Mistake as mistake:
                problems.append(f"resources[{index}]{mistake}")
        if problems:
            raise ValueError("; ".join(problems))
        return parsed


class _Mistake(Exception):
    """Carry what is wrong with one resource, ready to follow its index."""


def _models_by_kind(
    config: type[PortAppConfig],
) -> tuple[dict[str, type[ResourceConfig]], type[ResourceConfig] | None]:
    """Return the members of the union in `resources: list[A | B]` by their kind.

    The one whose kind is any text, if there is such a member, comes separately.
    """
    (union,) = get_args(config.__fields__["resources"].outer_type_)
    members = get_args(union) or (union,)
    models = {kind: m for m in members for kind in get_args(m.__fields__["kind"].type_)}
    custom = (m for m in members if m.__fields__["kind"].type_ is str)
    return models, next(custom, None)


def _parse(
    models: dict[str, type[ResourceConfig]],
    custom: type[ResourceConfig] | None,
    resource: Any,
) -> ResourceConfig:
    if isinstance(resource, ResourceConfig):
        return resource
    if not isinstance(resource, dict):
        raise _Mistake(": expected kind, selector and port")
    kind = resource.get("kind")
    model = models.get(kind) if isinstance(kind, str) else None
    if model is None and custom and isinstance(kind, str):
        given = resource.get("selector")
        needed = _needed_keys(custom)
        model = custom if isinstance(given, dict) and needed <= given.keys() else None
    if model is None:
        raise _Mistake(_unknown(kind, models, custom))
    try:
        parsed = model.parse_obj(resource)
    except ValidationError as error:
        problems = [_describe(model, problem) for problem in error.errors()]
        raise _Mistake(f" ({kind}) " + ", ".join(problems)) from error
    if parsed.selector.export_env_variables and not is_environment_open():
        raise _Mistake(f".selector.exportEnvVariables: {VARIABLE} does not allow it")
    return parsed


def _needed_keys(custom: type[ResourceConfig]) -> set[str]:
    """Return the selector's keys that make a kind of any name a good one."""
    fields = custom.__fields__["selector"].type_.__fields__.values()
    return {field.alias for field in fields if field.required} - {"query"}


def _unknown(
    kind: Any,
    models: dict[str, type[ResourceConfig]],
    custom: type[ResourceConfig] | None,
) -> str:
    close = get_close_matches(str(kind), models, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    allowed = ", ".join(sorted(models))
    if custom is not None:
        allowed += f"; any other one needs selector.{', '.join(_needed_keys(custom))}"
    return f".kind: unknown kind {kind!r}{hint} (allowed: {allowed})"


def _describe(model: type[BaseModel], problem: Any) -> str:
    """Say where it is wrong and what would be right."""
    *path, last = problem["loc"]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "value_error.extra":
        allowed = _keys_at(model, path)
        close = get_close_matches(str(last), allowed, n=1)
        hint = f", did you mean {close[0]!r}?" if close else ""
        return f"{where}: unknown key{hint} (allowed: {', '.join(allowed)})"
    permitted = problem.get("ctx", {}).get("permitted")
    if permitted:
        given = problem["ctx"].get("given")
        return f"{where}: {given!r} (allowed: {', '.join(map(str, permitted))})"
    return f"{where}: {problem['msg']}"


def _keys_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    for part in path:
        fields = {field.alias: field for field in model.__fields__.values()}
        if part in fields:
            model = fields[part].type_
    return [field.alias for field in model.__fields__.values()]
