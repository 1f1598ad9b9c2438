"""A report in headless Chromium: on a phone and a screen, light and dark, for people with and without a mouse."""

from __future__ import annotations

from importlib.resources import files

import pytest
from oracles.browser import BROWSER, Browser

SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not BROWSER:
        pytest.skip("no Chromium: apt-get install chromium")
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(full_report, tmp_path_factory):
    return full_report.save(tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-{size[1]}")
def shown(request, browser, page):
    width, scheme = request.param
    browser.messages.clear()
    browser.requests.clear()
    browser.open(page, width=width, scheme=scheme)
    return width, scheme, browser


def test_nothing_but_the_page_is_asked_for(shown, page, tmp_path):
    _, _, browser = shown
    browser.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 100_000
    assert browser.messages == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [page.as_uri()]


def test_the_page_does_not_scroll_sideways(shown):
    width, _, browser = shown
    assert browser.value("document.documentElement.scrollWidth") <= width
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth || i.clientWidth > innerWidth).length"
    assert browser.value(broken) == 0
    assert browser.value("document.images.length") >= 7
    # The pictures of a phone are other drawings, with larger text.
    narrow = browser.value("[...document.images].filter(i => i.currentSrc !== i.src).length")
    assert (narrow > 3) == (width == 390)


def test_dark_is_dark(shown):
    _, scheme, browser = shown
    colour = browser.value("getComputedStyle(document.body).backgroundColor")
    assert colour == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 25)"}[scheme]


def test_axe_finds_nothing(shown):
    """Contrast, alternative texts, headings, tables' headers, landmarks, focus of what scrolls, language."""
    _, _, browser = shown
    try:
        script = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        pytest.skip("axe-core is not installed: pip install axe-core-python")
    browser.value(f"{script};0")
    found = browser.value("axe.run()")
    told = [(v["id"], n["html"][:120], n["failureSummary"]) for v in found["violations"] for n in v["nodes"]]
    assert told == []
    passed = {rule["id"] for rule in found["passes"]}
    assert {"color-contrast", "image-alt", "html-has-lang", "heading-order", "region", "bypass"} <= passed


def test_keys_reach_every_link_and_table(browser, page):
    browser.open(page, width=390, scheme="light")
    reached = []
    for _ in range(60):
        browser.press("Tab")
        place = browser.value(
            "(e => e === document.body ? '' : e.getAttribute('href') || e.getAttribute('aria-label'))"
            "(document.activeElement)"
        )
        if not place:
            break
        assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        reached.append(place)
    sections = browser.value("document.querySelectorAll('section').length")
    tables = browser.value("[...document.querySelectorAll('.wide')].map(e => e.getAttribute('aria-label'))")
    assert reached == ["#content", *(f"#section-{k}" for k in range(sections)), *tables]
