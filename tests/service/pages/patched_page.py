"""What a browser makes of the page's event stream, by XML's own parser instead of ours."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET


def parsed(html: str) -> ET.Element:
    return ET.fromstring(f"<main>{html}</main>")


def said(html: str) -> str:
    """The page in one spelling, to be compared."""
    return ET.tostring(parsed(html), encoding="unicode")


class PatchedPage:
    """The page of one reader."""

    def __init__(self) -> None:
        self.main: ET.Element | None = None
        self.last_id: str | None = None
        self.wholes = self.patches = 0

    def hear(self, event: dict[str, str]) -> None:
        self.last_id = event.get("id", self.last_id)
        if event.get("event") == "main":
            self.wholes += 1
            self.main = parsed(event["data"])
        elif event.get("event") == "patch":
            self.patches += 1
            for path, what, value in json.loads(event["data"]):
                self.change(path, what, value)

    def change(self, path: str, what: int | str | None, value: str | None) -> None:
        element = self._find(path)
        if what is None:
            assert value is not None
            fresh = parsed(value)
            for child in list(element):
                element.remove(child)
            element.text = fresh.text
            element.extend(fresh)
        elif isinstance(what, int):
            self._set_text(element, what, value)
        elif value is None:
            del element.attrib[what]
        else:
            element.set(what, value)

    def _find(self, path: str) -> ET.Element:
        assert self.main is not None
        name, *places = path.split("/")
        found = self.main if not name else self.main.find(f".//*[@id='{name}']")
        assert found is not None, path
        for place in places:
            found = found[int(place)]
        return found

    @staticmethod
    def _set_text(element: ET.Element, index: int, value: str | None) -> None:
        nodes: list[tuple[ET.Element, str] | None] = [(element, "text")] if element.text else []
        for child in element:
            nodes += [None, (child, "tail")] if child.tail else [None]
        node = nodes[index]
        assert node is not None
        setattr(*node, value)

    @property
    def html(self) -> str:
        assert self.main is not None
        # In whatever order attributes came.
        return ET.canonicalize(ET.tostring(self.main, encoding="unicode"))


def canonical(html: str) -> str:
    return ET.canonicalize(said(html))


def events_of(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Server-sent events of lines, as a browser takes them."""
    event: dict[str, str] = {}
    for line in lines:
        if not line and event:
            yield event
            event = {}
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and name in event:
            event[name] += f"\n{value}"
        elif name:
            event[name] = value


def unpacked(bodies: Iterable[bytes]) -> str:
    """What gzip holds, which has to be whole, with its checksum."""
    unpacker = zlib.decompressobj(wbits=31)
    text = b"".join(unpacker.decompress(body) for body in bodies)
    assert unpacker.eof
    return text.decode()


def main_of(page: str) -> str:
    found = re.search(r'<main id="main">(.*)</main>', page, re.DOTALL)
    assert found is not None
    return found[1]
