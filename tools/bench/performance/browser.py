"""When Chromium first paints a page."""

import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
DRIVER: Final = "chromedriver"

_OPTIONS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

_FIRST_PAINT: Final = """
return performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
"""
"""In milliseconds since the page was asked for (W3C, Paint Timing)."""


def browser_on_path() -> str | None:
    """Returns the path of Chromium; none where it, or its driver, is not on PATH."""
    if shutil.which(DRIVER) is None:
        return None
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def first_paints(browser: str, pages: Sequence[Path], rounds: int) -> list[float]:
    """Returns when each page's first content is painted, in seconds: the median of some rounds.

    Args:
        browser: Path of Chromium.
        pages: Files; each round opens one after the other.
        rounds: How many rounds; one before them, which warms the browser up, does not count.
    """
    with _started(browser) as chromium:
        seconds = [[_first_paint(chromium, page) for page in pages] for _ in range(rounds + 1)]
    return [median(of_one) for of_one in zip(*seconds[1:], strict=True)]


@contextmanager
def _started(browser: str) -> Generator["Chrome"]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = browser
    for option in _OPTIONS:
        options.add_argument(option)
    chromium = Chrome(options, Service(shutil.which(DRIVER)))
    try:
        yield chromium
    finally:
        chromium.quit()


def _first_paint(chromium: "Chrome", page: Path) -> float:
    from selenium.webdriver.support.wait import WebDriverWait

    chromium.get(page.as_uri())
    painted = WebDriverWait(chromium, timeout=60, poll_frequency=0.05).until(
        lambda driver: driver.execute_script(_FIRST_PAINT)
    )
    return painted / 1000
