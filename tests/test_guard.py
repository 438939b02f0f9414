"""The wall in front of the web page."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from ui.guard import LOOPBACK_HOSTS, SECURITY_HEADERS, Guard, is_loopback

inner = PlainTextResponse("letters")


def client(host: str = "127.0.0.1:7860", *, any_address: bool = False) -> TestClient:
    return TestClient(Guard(inner, LOOPBACK_HOSTS, any_address=any_address), base_url=f"http://{host}")


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "127.0.0.1"])
def test_own_hosts_are_answered(host: str) -> None:
    assert client().get("/config", headers={"Host": host}).text == "letters"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "192.168.1.7", "", "[", "a@127.0.0.1@b"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_other_hosts_are_refused(host: str, method: str) -> None:
    assert client().request(method, "/config", headers={"Host": host}).status_code == 400


def test_bound_to_all_addresses_any_address_is_answered_but_no_name() -> None:
    wide = client(any_address=True)
    assert wide.get("/", headers={"Host": "192.168.1.7:7860"}).status_code == 200
    assert wide.get("/", headers={"Host": "[fe80::1]:7860"}).status_code == 200
    assert wide.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://127.0.0.1:7860", 200),
        ("https://127.0.0.1:7860", 200),
        ("http://evil.example", 403),
        ("http://127.0.0.1:9999", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_requests_from_other_sites_are_refused(origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert client().post("/gradio_api/queue/join", headers=headers).status_code == status


def test_uploads_are_refused() -> None:
    assert client().post("/gradio_api/upload", content=b"x").status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "evil.example"])
def test_every_answer_carries_the_security_headers(host: str) -> None:
    headers = client().get("/", headers={"Host": host}).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "unsafe-eval" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("hosts", "loopback"),
    [
        ("127.0.0.1 127.0.0.5 localhost ::1", True),
        ("0.0.0.0 :: 192.168.1.7 example.org localhost.example.org", False),
    ],
)
def test_loopback(hosts: str, loopback: bool) -> None:
    assert {is_loopback(host) for host in hosts.split()} == {loopback}
