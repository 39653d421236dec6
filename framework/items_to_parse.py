"""Notice when an item can't be split into the parts that a mapping asks for.

The framework only logs that there is no list, and the parts would be deleted.
"""

from core.trouble import INCOMPLETE, name_of
from core.types import Item
from framework.expressions import reads_any
from framework.jq_values import evaluate
from framework.resync_run import Reading

ITEMS_TO_PARSE = "itemsToParse"


async def is_splittable(reading: Reading, item: Item) -> bool:
    """Return whether the item's parts are known, and record it where they are not.

    That an item has none at all (null) is trouble only if no item has any.
    """
    expression = reading.mapping.port.items_to_parse
    if not expression:
        return True
    if reads_any(expression, item.get(INCOMPLETE, ())):
        reading.report.lose_kind(f"the parts of {name_of(item)} are not known")
        return False
    parts = await evaluate(expression, item)
    if isinstance(parts, list):
        reading.split += 1
    elif parts is None:
        reading.without_parts += 1
    else:
        reading.unmapped[ITEMS_TO_PARSE] += 1
    return True
