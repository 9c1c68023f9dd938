"""What differs between two pages, as few and as small as can be said.

A patch is a list of changes in order; each is ``[path, what, value]``. The path is an id, or
nothing for the whole, and then the places of child elements: ``kpi-pue/1/0``.

| what | value | means |
|---|---|---|
| a number | text | the child node at that place is a text, and is now this |
| a name | text or null | the attribute is now this, or gone |
| null | HTML | what is inside is now this |
"""

from html import unescape
from typing import Final

from service.pages.elements import Element, anchors_of

Change = tuple[str, int | str | None, str | None]

_ROOT: Final = ""


def differences(before: Element, after: Element) -> list[Change]:
    """What makes the page before the page after."""
    changes: list[Change] = []
    anchors = anchors_of(before) & anchors_of(after)
    _compare(before, after, _ROOT, anchors, changes)
    return changes


def _compare(
    before: Element, after: Element, path: str, anchors: frozenset[str], changes: list[Change]
) -> None:
    if before.outer_html == after.outer_html:
        return
    if before.attributes != after.attributes:
        changes.extend(_attributes(before, after, path))
    if before.inner_html == after.inner_html:
        return
    if _shape(before) != _shape(after):
        changes.append((path, None, after.inner_html))
        return
    place = 0
    for index, (old, new) in enumerate(zip(before.children, after.children, strict=True)):
        if isinstance(new, Element) and isinstance(old, Element):
            own = new.id if new.id in anchors else f"{path}/{place}"
            _compare(old, new, str(own), anchors, changes)
            place += 1
        elif isinstance(new, str) and new != old:
            changes.append((path, index, unescape(new)))


def _shape(element: Element) -> list[tuple[str, str | None] | None]:
    """What its children are: where one is another, or at another place, all are taken anew."""
    return [(one.tag, one.id) if isinstance(one, Element) else None for one in element.children]


def _attributes(before: Element, after: Element, path: str) -> list[Change]:
    old, new = before.attribute_values(), after.attribute_values()
    gone: list[Change] = [(path, name, None) for name in old if name not in new]
    return gone + [(path, name, value) for name, value in new.items() if old.get(name) != value]
