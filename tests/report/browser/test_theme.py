"""Colours of a page: those that the reader's system has, until the reader chooses others."""

import pytest
from selenium.webdriver.common.by import By
from support.browser import Browser
from support.browser_pages import Made

from tokstats_parallel.report.palette import DARK, LIGHT

COLOURS = """
const colour = (value) => {
  const part = Object.assign(document.createElement("canvas").getContext("2d"), {fillStyle: value});
  return part.fillStyle;
};
const style = getComputedStyle(document.documentElement);
const line = document.querySelector("svg .series-1");
return [style.backgroundColor, style.color, ...(line ? [getComputedStyle(line).color] : [])].map(colour);
"""
NAMES = ("ground", "text", "series-1")


@pytest.mark.parametrize("is_dark", [False, True], ids=["light system", "dark system"])
def test_the_theme_is_the_systems_until_the_switch_is_used(browser: Browser, made_page: Made, *, is_dark: bool) -> None:
    own, other = (DARK, LIGHT) if is_dark else (LIGHT, DARK)
    browser.show(made_page.address, is_dark=is_dark)
    switch = browser.driver.find_element(By.ID, "theme")
    names = ["Light colours", "Dark colours"] if is_dark else ["Dark colours", "Light colours"]
    for colours, name in ((own, names[0]), (other, names[1]), (own, names[0]), (other, names[1])):
        found = browser.run(COLOURS)
        assert found == [colours[one] for one in NAMES][: len(found)]
        assert switch.text == name
        switch.click()
    browser.run("localStorage.clear()")
    browser.show(made_page.address, is_dark=is_dark)
    assert browser.run(COLOURS)[:2] == [own["ground"], own["text"]]
    browser.media("screen", is_dark=not is_dark)  # the system changes while the page is open
    assert browser.run(COLOURS)[:2] == [other["ground"], other["text"]]
    browser.until(lambda: switch_name(browser) == names[1], lambda: switch_name(browser))


def switch_name(browser: Browser) -> str:
    return browser.driver.find_element(By.ID, "theme").text
