"""What a URL's host says of where it leads."""

import pytest

from payproof.scan.hosts import is_local, processor_at, scheme_and_host


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://shop.acme.com/x?y=http://z", ("http", "shop.acme.com")),
        ("HTTPS://user:pw@Shop.acme.com:8443/", ("https", "shop.acme.com")),
        ("//js.stripe.com/v3", ("", "js.stripe.com")),
        ("http://[::1]:8000/", ("http", "[::1]:8000")),
        ("http://", ("http", "")),
        ("/static/a.js", ("", "")),
        ("see http://a.b", ("", "")),
    ],
)
def test_scheme_and_host(text: str, told: tuple[str, str]) -> None:
    assert scheme_and_host(text) == told


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "web", "127.0.0.1", "192.168.1.4", "172.20.0.2", "0.0.0.0", "[::1]", "shop.local", "api.example.com",
     "your-domain.com", "a1b2.ngrok.io", "<host>", "{domain}.com"],
)  # fmt: skip
def test_local_hosts_and_stand_ins(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["shop.acme.com", "172.64.0.1", "exampleshop.com", "mydomain-shop.de", "local.shop.com"])
def test_real_hosts(host: str) -> None:
    assert not is_local(host)


def test_a_processors_api_is_known_by_its_host_alone() -> None:
    hosts = {"api.stripe.com": "stripe", "www.paypal.com/cgi-bin/webscr": "paypal"}
    urls = ("http://api.stripe.com/v1", "https://api.stripe.com", "http://api.stripe.com.evil.org/", "http://www.paypal.com/help")
    assert [processor_at(url, hosts) for url in urls] == ["stripe", "stripe", "", ""]
