"""Reads a report's page: its elements with their attributes and texts, as a browser finds them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

VOID = {"meta", "link", "input", "br"}
CLOSES = {"th": ("th", "td"), "td": ("th", "td"), "tr": ("th", "td", "tr"), "option": ("option",), "tbody": ()}
"""Elements that the beginning of another one ends, if their own end was left out."""


@dataclass
class Element:
    """An element; `text` is everything inside, also inside elements within."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str) -> list["Element"]:
        """Returns the elements of a name inside, in their order."""
        found = []
        for child in self.children:
            found += [child] if child.tag == tag else []
            found += child.all(tag)
        return found


class PageReader(HTMLParser):
    """Reads HTML into `elements`; attributes that stand there twice, and ends without a beginning, are errors."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.comments: list[str] = []
        self._open: list[Element] = []

    @classmethod
    def read(cls, html: str) -> Self:
        """Reads a page, or a part of one."""
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    def all(self, tag: str) -> list[Element]:
        """Returns the elements of a name, in their order."""
        return [element for element in self.elements if element.tag == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self._open and self._open[-1].tag in CLOSES.get(tag, ()):
            self._open.pop()
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), attrs
        element = Element(tag, attributes, tuple(one.tag for one in self._open))
        if self._open:
            self._open[-1].children.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            while self._open[-1].tag in ("tr", "td", "th"):
                self._open.pop()
        if tag == "tr":
            while self._open[-1].tag in ("td", "th"):
                self._open.pop()
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)
