"""Entities as mappings make them: plain JSON, which needs no checks and no copies.

The framework has pydantic check each value of an entity when it is mapped, and copy
each when it is sent: a tenth of the CPU of a resync. It has no hook for that: its
entity processor names the class in its own module.
"""

from typing import Any, Self

from port_ocean.core.handlers.entity_processor import jq_entity_processor
from port_ocean.core.models import Entity

from core.types import Item

# What a value may be to be taken as it is; the model lets the other parts be anything.
TYPES = {
    "icon": (str, type(None)),
    "team": (str, type(None), list),
    "properties": (dict,),
    "relations": (dict,),
}
# As they are sent to Port.
AS_SENT: dict[str, Any] = {"exclude_unset": True, "by_alias": True}


def take_json_as_it_is() -> None:
    """Have the framework make entities of this class."""
    # Mypy takes what a module imports for its own affair.
    jq_entity_processor.Entity = JsonEntity  # type: ignore[attr-defined]


class JsonEntity(Entity):
    """An entity of what jq gives."""

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """Return an entity; raises ValidationError for what can't be one."""
        values = {name: obj[name] for name in cls.__fields__ if name in obj}
        parts = TYPES.keys() & values.keys()
        if all(isinstance(values[name], TYPES[name]) for name in parts):
            return cls.construct({*values}, **values)
        return super().parse_obj(obj)

    def dict(self, **options: Any) -> Item:
        """Return the parts that are set, not copied, if they are wanted for Port."""
        if options != AS_SENT:
            return super().dict(**options)
        return {n: v for n, v in self.__dict__.items() if n in self.__fields_set__}
