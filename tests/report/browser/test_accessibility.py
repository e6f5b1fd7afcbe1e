"""An audit of each page by axe-core: no serious finding, in light and in dark colours."""

from functools import cache
from importlib import resources
from typing import Any

import pytest
from support.browser import NARROW, WIDE, Browser
from support.browser_pages import Made

COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules whose outcome depends on the theme; the others see the same page."""
ALIKE_ROWS = 12
"""Rows of a table that are audited; all others are made as these are."""
PREPARE = """
for (const one of document.querySelectorAll("details")) one.open = true;
for (const table of document.querySelectorAll("table")) {
  for (const row of [...table.rows].slice(arguments[0])) row.remove();
}
"""
AUDIT = """
const [rules, done] = arguments;
axe.run(document, {...(rules.length ? {runOnly: rules} : {}), resultTypes: ["violations"]}).then((found) => done({
  version: axe.version,
  passed: found.passes.length,
  violations: found.violations.map(({id, impact, nodes}) => [id, impact, ...nodes.map((one) => one.html)]),
}));
"""


@cache
def axe() -> str:
    return (resources.files("axe_core_python") / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_the_audit_has_no_serious_finding(browser: Browser, made_page: Made, *, is_dark: bool) -> None:
    browser.show(made_page.address, NARROW if is_dark else WIDE, is_dark=is_dark)
    browser.run(PREPARE, ALIKE_ROWS)
    browser.run(axe())
    found: dict[str, Any] = browser.driver.execute_async_script(AUDIT, COLOURS if is_dark else [])
    assert found["passed"] >= (1 if is_dark else 20)
    assert found["violations"] == []
