"""How soon a page answers its reader."""

from support.browser import Browser
from support.browser_pages import Made

ANSWERS = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
MOST_SECONDS = 0.3
ROUNDS = 3


def test_page_answers_at_once(browser: Browser, made_page: Made) -> None:
    """The time is that of the processor on the page's main thread, until its first picture; other programs add none."""
    browser.cdp("Performance.enable", timeDomain="threadTicks")
    try:
        assert min(seconds(browser, made_page) for _ in range(ROUNDS)) <= MOST_SECONDS
    finally:
        browser.cdp("Performance.disable")


def seconds(browser: Browser, made: Made) -> float:
    """Returns the seconds of the process of a page, which is a new one for each page."""
    browser.show(made.address)
    browser.driver.execute_async_script(ANSWERS)
    metrics = {one["name"]: float(one["value"]) for one in browser.cdp("Performance.getMetrics")["metrics"]}
    assert metrics["ScriptDuration"] > 0
    return metrics["TaskDuration"]
