"""What people write into issues: summaries, and rich text of every form."""

from functools import partial
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


def node(kind: str, *content: Item | str, **attrs: Any) -> Item:
    """Return a block with content; plain strings become text."""
    block: Item = {"type": kind}
    if attrs:
        block["attrs"] = attrs
    if content:
        nodes = [text(part) if isinstance(part, str) else part for part in content]
        block["content"] = nodes
    return block


paragraph = partial(node, "paragraph")


def each(kind: str, *contents: Item | str) -> list[Item]:
    """Return blocks of a kind, with one paragraph in each."""
    return [node(kind, paragraph(content)) for content in contents]


MANUAL_ADDRESS = "https://wiki.webshop.example/manual?page=1&lang=en"
MANUAL = text("the manual") | {"marks": [node("link", href=MANUAL_ADDRESS)]}
PANEL = node("panel", paragraph("Mind the holidays."), panelType="info")
CODE = node(
    "codeBlock",
    "for item in cart:\n    item.total = item.price * item.count",
    language="python",
)
CRITERIA = node(
    "bulletList",
    *each("listItem", "It works on a phone", "It works without JavaScript"),
    *each("listItem", "It is measured"),
)
WITH_AN_EMPTY_CART = node("bulletList", *each("listItem", "with an empty cart"))
STEPS = node(
    "orderedList",
    node("listItem", paragraph("Open the shop"), WITH_AN_EMPTY_CART),
    node("listItem", paragraph("Press ", text("Buy", "code"))),
    order=1,
)
TABLE = node(
    "table",
    node("tableRow", *each("tableHeader", text("A", "strong"), text("B", "strong"))),
    node("tableRow", *each("tableCell", "1 | 2", "3")),
)


def description(rng: Random, about: str, person: Item) -> Item | None:
    """Return a description in one of the forms that people use; some write none."""
    plain = paragraph(f"{about}. ", text("Please be quick", "strong"), ".")
    asking = paragraph("Ask ", _mention(person), " for details.")
    forms: list[tuple[Item, ...]] = [
        (),
        (plain,),
        (plain, asking, CRITERIA),
        (node("heading", "Background", level=2), plain, STEPS),
        (plain, CODE, paragraph("See ", MANUAL, ".")),
        (plain, TABLE, node("rule"), PANEL),
    ]
    blocks = rng.choice(forms)
    return _document(*blocks) if blocks else None


def comment(person: Item, words: str) -> Item:
    """Return the rich text of a comment that mentions somebody."""
    return _document(paragraph(_mention(person), f" {words}"))


def _mention(person: Item) -> Item:
    return node("mention", id=person["accountId"], text=f"@{person['displayName']}")


def _document(*blocks: Item) -> Item:
    return {"type": "doc", "version": 1, "content": list(blocks)}
