"""Every link of a page, wherever it leads on the same server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_LINKS = ("href", "src", "action", "formaction", "data-src", "poster")


@dataclass(slots=True)
class Page:
    """What a page leads to and where it can be led to: addresses, forms, and ids."""

    links: set[str] = field(default_factory=set)
    forms: set[tuple[str, str]] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self._page.ids.add(given["id"])
        if tag == "form":
            self._page.forms.add((given.get("method", "get").upper(), given.get("action", "")))
            return
        self._page.links |= {given[name] for name in _LINKS if given.get(name)}
        for part in given.get("srcset", "").split(","):
            if part.strip():
                self._page.links.add(part.split()[0])


def read_page(text: str) -> Page:
    """What a page holds."""
    page = Page()
    _Reader(page).feed(text)
    return page


def own(base: str, links: set[str]) -> Iterator[tuple[str, str]]:
    """Those that stay on the server, as address and fragment."""
    origin = urlsplit(base)
    for link in sorted(links):
        to = urlsplit(urljoin(base, link))
        if to.scheme in {"http", "https"} and to.netloc == origin.netloc:
            query = f"?{to.query}" if to.query else ""
            yield f"{to.path or '/'}{query}", to.fragment
