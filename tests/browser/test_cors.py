"""Pages of other origins, which read the API of a mock that was told so, and nothing beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.mocks import Mock, running_mock

_ASK = """async ([url, key]) => {
  try {
    const answer = await fetch(url, {headers: key ? {Authorization: `Bearer ${key}`} : {}});
    return [answer.status, answer.headers.get("RateLimit"), answer.headers.get("Retry-After")];
  } catch (error) {
    return error.message;
  }
}"""
_REFUSED = "Failed to fetch"


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def front_end() -> Iterator[str]:
    """The origin of a page of somebody's own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, front_end: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(front_end)
    yield page
    page.close()


def ask(page: Page, mock: Mock, path: str = "/api/v1/members", key: str | None = None) -> Any:
    return page.evaluate(_ASK, [mock.url + path, key])


def test_a_page_of_that_origin_reads_the_api_and_its_headers(page: Page, front_end: str) -> None:
    with running_mock("--cors", front_end, "--rate-limit", "1") as mock:
        status, standing, retry_after = ask(page, mock, key=mock.key)
        assert (status, standing[:8], retry_after) == (200, '"minute"', None)
        status, _, retry_after = ask(page, mock, key=mock.key)
        assert (status, 0 < int(retry_after) <= 60) == (429, True)
        assert ask(page, mock, key="1iv_wrong")[0] == 401
        assert ask(page, mock, "/api/v1")[0] == 200
        assert ask(page, mock, "/_mock/webhooks") == _REFUSED
        assert ask(page, mock, "/login") == _REFUSED


def test_pages_of_all_origins_may_be_told(page: Page) -> None:
    with running_mock("--cors", "*") as mock:
        assert ask(page, mock, key=mock.key)[0] == 200
        assert ask(page, mock, "/_mock/webhooks") == _REFUSED


@pytest.mark.parametrize("options", [[], ["--cors", "http://127.0.0.1:1"], ["--cors", "https://app.example"]])
def test_a_page_of_another_origin_reads_nothing(options: list[str], page: Page) -> None:
    with running_mock(*options) as mock:
        assert ask(page, mock, key=mock.key) == _REFUSED
