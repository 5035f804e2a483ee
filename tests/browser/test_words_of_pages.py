"""Every page in both languages says words: no codes, no keys of what has a name; and what cannot be pressed says why."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.pages import LIVE
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PAGES = (
    "/airspace", "/network", "/network/sites/bs-007", "/network/compare", "/sla", "/sla/1", "/maintenance",
    "/inventory/sites", "/inventory/regions", "/inventory/sectors", "/inventory/links", "/inventory/edge-nodes",
    "/inventory/corridors", "/inventory/changes", "/inventory/import", "/programme", "/evidence", "/plans", "/reports",
    "/alarms", "/alarms/health", "/alarms/severities", "/alarms/notifications", "/alarms/parts", "/industry",
    "/industry/factories/beigang-precision", "/models", "/account",
    "/administration/keys", "/administration/people", "/administration/organisations", "/administration/quotas",
    "/administration/audit", "/wallboard", "/map",
)  # fmt: skip
CODES = {
    "a right": re.compile(r"\b(?:console|network|airspace|industry)\.[a-z]+_[a-z]+\b"),
    "what a key may": re.compile(r"\b[a-z]+:(?:read|write|infer|push|hold|own)\b"),
    "a field, a metric or a state": re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b"),
    "something that was not filled in": re.compile(r"%\(\w+\)s|\{\w+\}|\bundefined\b|\bNaN\b|\[object "),
}
SAID = """
() => {
  const verbatim = 'code, .mono, kbd, script, style, template, noscript, textarea';
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.textContent.trim();
    const option = node.parentElement.closest('select')?.checkVisibility();
    if (text && !node.parentElement.closest(verbatim) && (option || node.parentElement.checkVisibility()))
      said.push(text);
  }
  for (const box of document.querySelectorAll('[title], [aria-label], [placeholder]'))
    if (box.checkVisibility() && !box.closest(verbatim))
      for (const name of ['title', 'aria-label', 'placeholder'])
        if (box.getAttribute(name)) said.push(box.getAttribute(name));
  return said;
}
"""
SILENT = """
() => [...document.querySelectorAll(':disabled, [aria-disabled=true]')]
  .filter((box) => box.checkVisibility() && !box.closest('fieldset:disabled[title]') && box.tagName !== 'OPTION')
  .filter((box) => !box.title && !document.getElementById(box.getAttribute('aria-describedby')?.split(' ')[0] || '-'))
  .map((box) => box.outerHTML.slice(0, 120))
"""
SETTLED = "() => !document.querySelector('main [aria-busy=true]')"
NAMED = {
    "organisations": "slug", "regions": "slug", "edge-nodes": "slug", "corridors": "slug", "slices": "slug",
    "models": "name", "factories": "slug",
}  # fmt: skip


def keys_of_the_named(page: Page) -> set[str]:
    """The keys of what has names of its own, in both languages."""
    keys = set()
    for kind, field in NAMED.items():
        answer = page.request.get(f"/api/v1/{kind}?limit=200").json()
        rows = answer["results"] if isinstance(answer, dict) else answer
        keys |= {row[field] for row in rows if "-" in row[field]}  # a single word may stand in any sentence
    assert len(keys) > 5
    return keys


def wrong_on(page: Page, path: str, keys: set[str]) -> Iterator[str]:
    page.goto(path, wait_until="commit")
    page.wait_for_selector(LIVE, timeout=PATIENCE_S * 1_000)
    if path != "/map":  # its layers come one after the other for as long as it is looked at
        page.wait_for_function(SETTLED, timeout=PATIENCE_S * 1_000)
    for text in page.evaluate(SAID):
        for what, pattern in CODES.items():
            if found := pattern.search(text):
                yield f"{path}: {what}: {found[0]!r} in {text[:80]!r}"
        yield from (f"{path}: the key {key!r} in {text[:80]!r}" for key in keys & set(re.findall(r"[\w-]+", text)))
    yield from (f"{path}: says not why: {box}" for box in page.evaluate(SILENT))


@pytest.mark.parametrize(("role", "language"), [("administrator", "zh-hans"), ("viewer", "en")])
def test_no_page_shows_a_code_and_whatever_is_disabled_says_why(open_as, stack, role: str, language: str):
    with open_as("administrator") as knowing:
        keys = keys_of_the_named(knowing)
    with open_as(role) as page:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": stack.url}])
        pages = [path for path in PAGES if role == "administrator" or not path.startswith("/administration")]
        assert [wrong for path in pages for wrong in wrong_on(page, path, keys)] == []
