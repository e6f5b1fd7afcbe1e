"""Reads a drawing of a report: its elements, and the places that its paths and texts have."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
_WORD = re.compile(r"([MLHVhvmlz])|(-?[\d.]+)")


def read(svg: str) -> ET.Element:
    """The root element; text that is no XML is an error."""
    return ET.fromstring(svg)  # noqa: S314 - made by the test


def size(root: ET.Element) -> tuple[float, float]:
    """Width and height of a drawing, which its view box has, too."""
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    return width, height


def paths(root: ET.Element, class_: str) -> list[ET.Element]:
    """The paths of a class."""
    return [path for path in root.iter(f"{SVG}path") if path.get("class") == class_]


def places(d: str) -> Iterator[tuple[float, float]]:
    """The places that the drawing commands of a path come to, one after the other."""
    x = y = 0.0
    command = ""
    numbers: list[float] = []
    for letter, number in _WORD.findall(d):
        if letter:
            command = letter
            numbers = []
            continue
        numbers.append(float(number))
        match command, numbers:
            case (("M" | "L"), [x, y]):
                pass
            case (("m" | "l"), [right, down]):
                x, y = x + right, y + down
            case "H", [x]:
                pass
            case "V", [y]:
                pass
            case "h", [right]:
                x += right
            case "v", [down]:
                y += down
            case _:
                continue
        numbers = []
        yield x, y


def texts(root: ET.Element) -> list[str]:
    """All texts, in their order."""
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def place_of(root: ET.Element, words: str) -> tuple[float, float]:
    """The place of the only text with these words."""
    (found,) = (text for text in root.iter(f"{SVG}text") if text.text == words)
    return float(found.attrib["x"]), float(found.attrib["y"])
