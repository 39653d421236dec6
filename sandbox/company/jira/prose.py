"""What people write into issues: summaries, and rich text of every form."""

from random import Random
from typing import Any

from sandbox.company.base import Item

SUBJECTS = {
    "SHOP": ("cart", "checkout page", "product search", "wish list", "voucher form"),
    "PAY": ("card payment", "refund", "invoice export", "fraud rule", "ledger entry"),
    "MOB": ("login screen", "push message", "offline cart", "barcode scan"),
    "OPS": ("cluster", "certificate", "backup", "log retention", "build agent"),
    "DATA": ("order import", "sales report", "event stream", "customer export"),
    "HELP": ("password reset", "delivery question", "broken voucher", "new laptop"),
}
TASK_FORMS = ("Clean up the {}", "Document the {}", "Upgrade the library behind the {}")
BUG_FORMS = ("{} fails on Safari", "{} shows a wrong total", "{} is slow after login")
FORMS = {
    "Epic": ("Make the {} pleasant", "Rework the {}", "{} for business customers"),
    "Story": (
        "Show the {} at a glance",
        "Let customers edit the {}",
        "Speed up the {}",
    ),
    "Bug": BUG_FORMS,
    "Service Request": ("Help with the {}", "Please look at the {}"),
    "Incident": BUG_FORMS,
}
LABELS = ("frontend", "backend", "quick-win", "customer-wish", "tech-debt", "ä-ö-ü")


def summary(rng: Random, project_key: str, type_name: str) -> str:
    """Return a line that fits the project and the type of issue."""
    form = rng.choice(FORMS.get(type_name, TASK_FORMS))
    subject = rng.choice(SUBJECTS.get(project_key, SUBJECTS["OPS"]))
    text = form.format(subject)
    return text[0].upper() + text[1:]


def text(value: str, *marks: str) -> Item:
    """Return a text node."""
    node: Item = {"type": "text", "text": value}
    if marks:
        node["marks"] = [{"type": mark} for mark in marks]
    return node


def node(kind: str, *content: Item, **attrs: Any) -> Item:
    """Return a block with content."""
    block: Item = {"type": kind}
    if attrs:
        block["attrs"] = attrs
    if content:
        block["content"] = list(content)
    return block


def paragraph(*content: Item | str) -> Item:
    """Return a paragraph; plain strings become text."""
    nodes = [text(part) if isinstance(part, str) else part for part in content]
    return node("paragraph", *nodes)


def document(*blocks: Item) -> Item:
    """Return a whole rich text."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def description(rng: Random, about: str, person: Item) -> Item | None:
    """Return a description in one of the forms that people use; some write none."""
    plain = paragraph(f"{about}. ", text("Please be quick", "strong"), ".")
    forms: list[Item | None] = [
        None,
        document(plain),
        document(
            plain, paragraph("Ask ", _mention(person), " for details."), _criteria()
        ),
        document(node("heading", text("Background"), level=2), plain, _steps()),
        document(plain, _code(), paragraph("See ", _manual(), ".")),
        document(plain, _table(), node("rule"), _panel()),
    ]
    return rng.choice(forms)


def comment(person: Item, words: str) -> Item:
    """Return the rich text of a comment that mentions somebody."""
    return document(paragraph(_mention(person), f" {words}"))


def _mention(person: Item) -> Item:
    return node("mention", id=person["accountId"], text=f"@{person['displayName']}")


def _criteria() -> Item:
    items = ("works on a phone", "works without JavaScript", "is measured")
    rows = [node("listItem", paragraph(f"It {item}")) for item in items]
    return node("bulletList", *rows)


def _steps() -> Item:
    nested = node("bulletList", node("listItem", paragraph("with an empty cart")))
    first = node("listItem", paragraph("Open the shop"), nested)
    second = node("listItem", paragraph("Press ", text("Buy", "code")))
    return node("orderedList", first, second, order=1)


def _code() -> Item:
    source = text("for item in cart:\n    item.total = item.price * item.count")
    return node("codeBlock", source, language="python")


def _manual() -> Item:
    href = "https://wiki.webshop.example/manual?page=1&lang=en"
    return text("the manual") | {"marks": [node("link", href=href)]}


def _table() -> Item:
    head = [node("tableHeader", paragraph(text(name, "strong"))) for name in "AB"]
    cells = [node("tableCell", paragraph(value)) for value in ("1 | 2", "3")]
    return node("table", node("tableRow", *head), node("tableRow", *cells))


def _panel() -> Item:
    return node("panel", paragraph("Mind the holidays."), panelType="info")
