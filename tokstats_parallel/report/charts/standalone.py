"""Standalone SVG: a drawing as a file that needs no page, with colours of its own, for slides and papers."""

import re

from markupsafe import Markup

from tokstats_parallel.report.palette import LIGHT

_BEGIN = re.compile(r"^<svg [^>]*>")


def standalone(svg: Markup, style: str) -> str:
    """Returns a drawing as an SVG file, light on every screen.

    Args:
        svg: Drawing.
        style: Style sheet of drawings, with the colours as `var(--name)`; the file has the colours themselves, because
            many programs for drawings know no variables.
    """
    colours = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: LIGHT[found[1]], style)
    begin = _BEGIN.match(svg)
    if begin is None:
        raise ValueError("a drawing begins with `<svg `")
    ground = f'<rect width="100%" height="100%" fill="{LIGHT["ground"]}"/>'
    return f"{begin[0]}<style>{colours}</style>{ground}{svg[begin.end() :]}\n"
