"""The page's own HTML as a tree, to be compared with the next.

Only what our templates write is read: every element is closed, every attribute quoted, every text
escaped. :func:`tree_of` refuses anything else.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_TOKEN: Final = re.compile(r'<(/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*\s*/?)>|[^<]+')
_ATTRIBUTE: Final = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
_ID: Final = re.compile(r'\sid="([^"]*)"')
# Elements of HTML that have no end. (Those of SVG say so themselves.)
_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr", "col"})


class MarkupError(ValueError):
    """HTML that no template of ours should write."""


@dataclass(slots=True)
class Element:
    """One element; ``source[start:inner]`` is its tag, ``source[inner:after]`` what is inside."""

    tag: str
    attributes: str
    id: str | None
    source: str = field(repr=False)
    start: int
    inner: int
    after: int = -1
    end: int = -1
    children: "list[Element | str]" = field(default_factory=list, repr=False)

    @property
    def inner_html(self) -> str:
        """What is inside, as it was written."""
        return self.source[self.inner : self.after]

    @property
    def outer_html(self) -> str:
        """All of it, as it was written."""
        return self.source[self.start : self.end]

    def attribute_values(self) -> Mapping[str, str]:
        """Its attributes, as the reader's browser has them."""
        return {name: unescape(value) for name, value in _ATTRIBUTE.findall(self.attributes)}


def tree_of(html: str) -> Element:
    """The whole under one root without a tag.

    Raises
    ------
    MarkupError
        If an element is not closed, or text stands where none can.
    """
    root = Element("", "", None, html, 0, 0, len(html), len(html))
    open_ones, place = [root], 0
    for token in _TOKEN.finditer(html):
        if token.start() != place:
            break
        place = token.end()
        closing, tag, attributes = token.groups()
        here = open_ones[-1]
        if tag is None:
            here.children.append(token[0])
        elif closing:
            if here.tag != tag or here is root:
                msg = f"</{tag}> ends <{here.tag}>: {html[here.start : token.end()][:80]!r}"
                raise MarkupError(msg)
            here.after, here.end = token.start(), token.end()
            open_ones.pop()
        else:
            found = _ID.search(attributes)
            own = None if found is None else found[1]
            element = Element(tag, attributes, own, html, token.start(), token.end())
            here.children.append(element)
            if attributes.endswith("/") or tag in _VOID:
                element.after = element.end = token.end()
            else:
                open_ones.append(element)
    if place != len(html) or len(open_ones) != 1:
        msg = f"not closed: {html[open_ones[-1].start :][:80]!r}; not read: {html[place:][:80]!r}"
        raise MarkupError(msg)
    return root


def anchors_of(root: Element) -> frozenset[str]:
    """Ids that stand for one element only."""
    seen: Counter[str] = Counter()
    rest = [root]
    while rest:
        one = rest.pop()
        if one.id is not None:
            seen[one.id] += 1
        rest += [child for child in one.children if isinstance(child, Element)]
    return frozenset(name for name, count in seen.items() if count == 1)
