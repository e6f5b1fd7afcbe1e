"""A page without a mouse: every control is reached in the order of the page, is seen there, and works."""

from typing import Any

import pytest
from support.browser import NARROW, WIDE, Browser
from support.browser_pages import Made

WATCH = """
window.stops = [];
const reachable = "a[href], button, input, select, summary, [tabindex='0']";
window.expected = [...document.querySelectorAll(reachable)].filter((one) => one.checkVisibility());
window.path = (one) => `${one.tagName} ${one.id || one.textContent.trim().slice(0, 40)}`;
document.addEventListener("focusin", ({target}) => {
  const style = getComputedStyle(target), box = target.getBoundingClientRect();
  window.stops.push({
    name: path(target),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: Math.min(box.width, box.height, box.bottom, box.right, innerHeight - box.top, innerWidth - box.left) > 1,
  });
});
return window.expected.map(path);
"""
ACTIVE = "return [document.activeElement.tagName, document.activeElement.id]"
SORTED = "return document.activeElement.closest('th').ariaSort"
NUMBER_SHOWN = "return [...document.querySelectorAll('form.controls output')].at(-1).value"


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_control_is_reached_in_order_and_its_focus_is_seen(browser: Browser, made_page: Made, width: int) -> None:
    browser.show(made_page.address, width)
    expected = browser.run(WATCH)
    browser.press(*["Tab"] * len(expected))
    stops: list[dict[str, Any]] = browser.run("return window.stops")
    assert [stop["name"] for stop in stops] == expected
    assert [stop["name"] for stop in stops if stop["outline"] < 2] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


def test_first_stop_leads_past_the_head(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address)
    browser.press("Tab", "Enter")
    assert browser.run(ACTIVE) == ["MAIN", "main"]
    browser.press("Tab")
    assert browser.run("return document.activeElement.closest('main') !== null")


def test_table_is_searched_sorted_and_filtered_by_keys(browser: Browser, made_page: Made) -> None:
    browser.show(made_page.address)
    browser.run("document.getElementById('theme').focus()")
    browser.press("Enter")
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    browser.press(" ")
    assert browser.run("return document.documentElement.dataset.theme") == "light"
    browser.run("localStorage.clear(); [...document.querySelectorAll('form.controls input')].at(-1).focus()")
    before = browser.run(NUMBER_SHOWN)
    browser.write("e")
    browser.until(lambda: browser.run(NUMBER_SHOWN) != before, lambda: before)
    browser.press("Tab")
    assert browser.run(ACTIVE)[0] == "SELECT"
    browser.press("ArrowDown")
    assert browser.run("return document.activeElement.selectedIndex") == 1
    while browser.run(ACTIVE)[0] != "DIV":
        browser.press("Tab")
    browser.press("Tab")
    assert browser.run(SORTED) == "none"
    browser.press("Enter")
    assert browser.run(SORTED) == "ascending"
    browser.press(" ")
    assert browser.run(SORTED) == "descending"
