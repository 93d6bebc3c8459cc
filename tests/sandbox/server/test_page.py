"""The administrator's page in a real browser."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

KEY = "sk_" + "test_payproofbrowser"
BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(BROWSER is None or DRIVER is None, reason="needs a browser: chromium and chromedriver")


@pytest.fixture
def browser(tmp_path: pathlib.Path) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    quiet = "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update"
    for option in (*quiet.split(), "disable-sync", f"user-data-dir={tmp_path / 'profile'}", "window-size=1200,1400"):
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    driver.implicitly_wait(0)
    yield driver
    driver.quit()


def until(browser: Any, script: str) -> Any:
    """Wait until a script returns something true, and return that."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20).until(lambda each: each.execute_script(f"return {script}"))


def test_requests_and_webhooks_are_watched_and_events_triggered(
    start: Any, shop: Any, browser: Any, tmp_path: pathlib.Path
) -> None:
    server = start()
    browser.get(server.page)
    assert browser.current_url == f"{server.address}/_payproof", "the token is out of the address"
    until(browser, "document.getElementById('empty').hidden === false")
    client = stripe.StripeClient(KEY, base_addresses={"api": server.address}, max_network_retries=0)
    card = {"payment_method": "pm_card_visa", "confirm": True, "return_url": "https://shop.example/done"}
    name = "<img src=x onerror=document.title='broken'>"
    intent = client.v1.payment_intents.create({"amount": 1200, "currency": "eur", "description": name, **card})
    until(browser, f"document.getElementById('requests').textContent.includes('{intent.id}')")
    browser.find_element("id", "url").send_keys(shop.url)
    browser.find_element("css selector", "#endpoint-form button").click()
    until(browser, "document.getElementById('message').textContent.startsWith('Added; its signing secret is whsec_')")
    browser.execute_script("document.getElementById('verb').value = 'dispute'")
    browser.find_element("id", "object").send_keys(intent.id)
    browser.find_element("css selector", "#verb-form button").click()
    until(browser, "document.getElementById('message').textContent.startsWith('Done: du_')")
    shop.wait()
    until(browser, "document.getElementById('events').textContent.includes('charge.dispute.created')")
    until(browser, f"document.getElementById('events').textContent.includes('{shop.url} 200')")
    browser.find_element("css selector", "#clock-form button").click()
    until(browser, "document.getElementById('message').textContent.startsWith('The clock stands at ')")
    browser.find_element("css selector", "#fault-form button").click()
    until(browser, "document.getElementById('state').textContent.includes('was planned for any call and never fired')")
    browser.save_screenshot(str(tmp_path / "page.png"))
    assert browser.title == "payproof sandbox"
    assert browser.execute_script("return document.images.length") == 0
    assert browser.get_log("browser") == []


def test_without_the_token_the_page_shows_nothing(shared: Any, browser: Any) -> None:
    browser.get(f"{shared.address}/_payproof")
    assert "it holds the token" in browser.find_element("tag name", "body").text
    assert not browser.find_elements("tag name", "table")
