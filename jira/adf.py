"""Turn Jira's rich text (Atlassian Document Format) into Markdown.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.trouble import ODD_FORM
from core.types import Item

# Deeper documents are not written by people; their text is left out.
MAX_DEPTH = 60
# Longer numbers count nothing.
MAX_DIGITS = 10

_SPECIAL = re.compile(r"([\\`*_\[\]<])")
_MARKS = {"strong": "**", "em": "*", "strike": "~~", "code": "`"}


def to_markdown(document: Any) -> str | None:
    """Return Markdown for a document, None for nothing, and old plain text as it is.

    Unknown nodes count as the text within them, so nothing that people wrote is lost. A
    document of a wrong form is none.
    """
    if document is None or isinstance(document, str):
        return document or None
    if not isinstance(document, dict):
        return None
    try:
        return _blocks(document, 0).strip() or None
    except ODD_FORM:
        return None


def _nodes(value: Any) -> list[Item]:
    """Return what has a type, in whatever shape the list came."""
    found = value if isinstance(value, list) else []
    return [n for n in found if isinstance(n, dict) and isinstance(n.get("type"), str)]


def _children(node: Item) -> list[Item]:
    return _nodes(node.get("content"))


def _attribute(node: Item, *names: str) -> str:
    attrs = node.get("attrs")
    values = attrs if isinstance(attrs, dict) else {}
    return next((str(values[n]) for n in names if values.get(n) is not None), "")


def _blocks(node: Item, depth: int) -> str:
    """Return the children as blocks with an empty line between them."""
    if depth > MAX_DEPTH:
        return ""
    parts: list[str] = []
    inline: list[Item] = []
    for child in [*_children(node), None]:
        if child is not None and child["type"] in _INLINE:
            inline.append(child)
            continue
        if inline:
            parts.append(_line(inline))
            inline = []
        if child is not None:
            parts.append(_BLOCKS.get(child["type"], _unknown_block)(child, depth + 1))
    return "\n\n".join(part for part in parts if part.strip())


def _number(node: Item, name: str) -> int:
    """Return an attribute that counts, 1 for anything that does not."""
    text = _attribute(node, name)
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else 1


def _line(nodes: list[Item], depth: int = 0) -> str:
    if depth > MAX_DEPTH:
        return ""
    return "".join(
        _INLINE[n["type"]](n) if n["type"] in _INLINE else _unknown_inline(n, depth)
        for n in nodes
    )


def _unknown_inline(node: Item, depth: int = 0) -> str:
    own = str(node.get("text") or "") or _attribute(node, "text", "title")
    return _escaped(own) + _line(_children(node), depth + 1)


def _unknown_block(node: Item, depth: int) -> str:
    return _blocks(node, depth) or _unknown_inline({**node, "content": None})


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _text(node: Item) -> str:
    text = str(node.get("text") or "")
    types = {mark["type"]: mark for mark in _nodes(node.get("marks"))}
    body = text.strip()
    if not body:
        return text
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    marked = body if "code" in types else _escaped(body)
    for name, sign in reversed(_MARKS.items()):
        marked = f"{sign}{marked}{sign}" if name in types else marked
    if "link" in types:
        marked = f"[{marked}]({_attribute(types['link'], 'href')})"
    return lead + marked + tail


def _date(node: Item) -> str:
    timestamp = _attribute(node, "timestamp")
    if not timestamp.isdecimal() or len(timestamp) > 14:
        return _escaped(timestamp)
    return f"{datetime.fromtimestamp(int(timestamp) / 1000, UTC):%Y-%m-%d}"


def _card(node: Item, depth: int = 0) -> str:
    url = _attribute(node, "url")
    if url:
        return f"<{url}>"
    attrs = node.get("attrs")
    data = {"attrs": attrs.get("data") if isinstance(attrs, dict) else None}
    title, url = _escaped(_attribute(data, "name", "title")), _attribute(data, "url")
    return (
        f"[{title}]({url})" if title and url else title or (f"<{url}>" if url else "")
    )


def _mention(node: Item) -> str:
    text, id_ = _attribute(node, "text"), _attribute(node, "id")
    return _escaped(text or (f"@{id_}" if id_ else "@unknown"))


def _media(node: Item, depth: int = 0) -> str:
    name = _escaped(_attribute(node, "alt", "fileName", "id"))
    url = _attribute(node, "url")
    return f"![{name}]({url})" if url else f"[attachment: {name or 'file'}]"


def _paragraph(node: Item, depth: int) -> str:
    return _line(_children(node))


def _heading(node: Item, depth: int) -> str:
    return f"{'#' * min(_number(node, 'level'), 6)} {_paragraph(node, 0)}"


def _code_block(node: Item, depth: int) -> str:
    code = "".join(str(child.get("text") or "") for child in _children(node))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}{_attribute(node, 'language')}\n{code}\n{fence}"


def _quote(node: Item, depth: int) -> str:
    return _quoted(_blocks(node, depth))


def _panel(node: Item, depth: int) -> str:
    title = _attribute(node, "title", "panelType").capitalize()
    content = _blocks(node, depth)
    return _quoted(f"**{_escaped(title)}**\n\n{content}" if title else content)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""


def _list(marker: Callable[[Item, int], str]) -> Callable[[Item, int], str]:
    def render(node: Item, depth: int) -> str:
        items = []
        for number, item in enumerate(_children(node)):
            sign = marker(item, number)
            content = _blocks(item, depth).replace("\n\n", "\n")
            items.append(sign + content.replace("\n", "\n" + " " * len(sign)))
        return "\n".join(items)

    return render


def _ordered_list(node: Item, depth: int) -> str:
    first = _number(node, "order")
    return _list(lambda item, number: f"{first + number}. ")(node, depth)


def _task_marker(item: Item, number: int) -> str:
    return "- [x] " if _attribute(item, "state") in ("DONE", "DECIDED") else "- [ ] "


def _table(node: Item, depth: int) -> str:
    rows = [
        [
            _blocks(cell, depth).replace("\n", "<br>").replace("|", r"\|")
            for cell in cells
        ]
        for cells in map(_children, _children(node))
    ]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


_INLINE: dict[str, Callable[[Item], str]] = {
    "text": _text,
    "hardBreak": lambda node: "  \n",
    "mention": _mention,
    "emoji": lambda node: _attribute(node, "text", "shortName"),
    "status": lambda node: f"`{_attribute(node, 'text')}`",
    "date": _date,
    "inlineCard": _card,
    "mediaInline": _media,
    "placeholder": _unknown_inline,
    "inlineExtension": _unknown_inline,
}

_BLOCKS: dict[str, Callable[[Item, int], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "codeBlock": _code_block,
    "blockquote": _quote,
    "panel": _panel,
    "expand": _panel,
    "nestedExpand": _panel,
    "bulletList": _list(lambda item, number: "- "),
    "orderedList": _ordered_list,
    "taskList": _list(_task_marker),
    "decisionList": _list(_task_marker),
    "rule": lambda node, depth: "---",
    "media": _media,
    "blockCard": _card,
    "embedCard": _card,
    "table": _table,
}
