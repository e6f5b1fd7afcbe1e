"""A page as its readers meet it: on wide and narrow screens, on paper, and where scripts or styles are refused."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from support.browser import NARROW, WIDE, Browser
from support.browser_pages import Made
from support.pages import tables_of

from tokstats_parallel.report.contents import Figure

WHOLE = """
const seen = (element) => element.checkVisibility({visibilityProperty: true});
return {
  title: document.title,
  sections: [...document.querySelectorAll("main section")].filter(seen).map((one) => one.id),
  headings: [...document.querySelectorAll("h2")].filter(seen).map((one) => one.textContent),
  rows: Object.fromEntries([...document.querySelectorAll("table")].map(
    (one) => [one.id.replace("table-", ""), [...one.tBodies[0].rows].filter((row) => !row.hidden).length])),
  drawings: [...document.querySelectorAll("figure svg")].filter(seen).length,
  links: [...document.querySelectorAll("a[download]")].filter(seen).length,
};
"""
TOOLS = """
const seen = (element) => element.checkVisibility({visibilityProperty: true});
return [...document.querySelectorAll("form, #theme, [data-save]")].filter(seen).length;
"""
REFUSALS = """
const done = arguments[0], refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
const put = (tag, values) => document.body.append(Object.assign(document.createElement(tag), values));
put("script", {textContent: "window.broken = 1"});
put("style", {textContent: "body{display:none}"});
put("img", {src: "https://example.org/picture.png"});
put("b", {id: "styled"});
document.getElementById("styled").setAttribute("style", "color:red");
const tell = () => done({refused: refused.sort(), broken: window.broken});
fetch("https://example.org/").catch(() => setTimeout(tell, 200));
"""
STRICT = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"
"""Policy under which build servers show the files of a build: neither scripts nor styles of the page."""
ACROSS = "return [document.scrollingElement.scrollWidth, innerWidth]"
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"
ALONE = """
return [...document.querySelectorAll("main *, header *, nav *, footer *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, .drawing, .unseen");
}).map((one) => one.outerHTML.slice(0, 80));
"""

CUT_OFF = """
return [...document.querySelectorAll(".scroll, .drawing")].filter(
  (one) => one.checkVisibility() && one.clientHeight < one.scrollHeight - 1).map((one) => one.outerHTML.slice(0, 90));
"""


def whole(made: Made) -> dict[str, Any]:
    """Returns what `WHOLE` must find."""
    sections = made.page.sections
    figures = sum(isinstance(block, Figure) for section in sections for block in section.blocks)
    tables = list(tables_of(sections))
    return {
        "title": made.page.title,
        "sections": [section.anchor for section in sections],
        "headings": [section.title for section in sections],
        "rows": {table.name: len(table.rows) for table in tables},
        "drawings": figures,
        "links": sum(not table.can_be_searched for table in tables),
    }


def test_page_is_whole_and_loads_nothing(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address)
    assert browser.run(WHOLE) == whole(made_page)
    searched = sum(table.can_be_searched for table in tables_of(made_page.page.sections))
    assert browser.run(TOOLS) == len(["theme"]) + searched + whole(made_page)["drawings"]
    assert set(browser.asked()) == {made_page.address}


def test_page_is_whole_without_scripts(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address, scripts=False)
    assert browser.run(WHOLE) == whole(made_page)
    assert browser.run(TOOLS) == 0
    assert "need a script" in browser.run("return document.querySelector('noscript').innerText")


def test_page_is_whole_where_its_style_and_script_are_refused(browser: Browser, made_page: Made) -> None:
    with served(made_page.path.read_bytes()) as address:
        browser.show(address)
        assert browser.run(WHOLE) == whole(made_page)
    assert browser.run(TOOLS) == 0
    assert browser.run("return getComputedStyle(document.querySelector('h1')).marginTop") != "4px"  # ours
    complaints = browser.complaints()
    assert sum("inline style" in one for one in complaints) == 2
    assert sum("script" in one for one in complaints) >= 1
    assert [one for one in browser.asked() if not one.startswith((address, "data:"))] == []


@contextmanager
def served(html: bytes) -> Iterator[str]:
    """Serves a page under the strict policy on this machine; yields its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT)
            self.send_header("Content-Length", str(len(html)))
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/report.html"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("made_page", ["hostile"], indirect=True)
def test_the_policy_of_the_page_refuses_what_is_put_into_it(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address)
    found = browser.driver.execute_async_script(REFUSALS)
    kinds = ["connect-src", "img-src", "script-src-elem", "style-src-attr", "style-src-elem"]
    assert found == {"refused": kinds, "broken": None}
    assert sum("Content Security Policy" in one for one in browser.complaints()) == len(kinds) + 1  # of `fetch` two
    browser.asked()  # also tells what was refused before it was sent


@pytest.mark.parametrize("width", [320, NARROW, WIDE])
def test_page_never_scrolls_sideways(browser: Browser, made_page: Made, width: int) -> None:
    browser.show(made_page.address, width)
    for _ in range(2):
        across, inner = browser.run(ACROSS)
        assert inner == width
        assert across <= width
        assert browser.run(ALONE) == []
        browser.run(OPEN)


def test_page_on_paper(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address, is_dark=True)
    printed = base64.b64decode(browser.cdp("Page.printToPDF", printBackground=True)["data"])
    assert printed.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 20
    browser.media("print", is_dark=True)
    paper = browser.run("return getComputedStyle(document.documentElement).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    seen = browser.run(WHOLE)
    assert (seen["headings"], seen["drawings"]) == (whole(made_page)["headings"], whole(made_page)["drawings"])
    assert browser.run(TOOLS) == 0
    assert browser.run(CUT_OFF) == []
