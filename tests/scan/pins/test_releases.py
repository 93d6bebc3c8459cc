"""What a version specifier admits, held against packaging's own judgement where it has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from payproof.scan.pins.releases import Order, Releases, admitted

FLOOR = Version("15.6.0")


@pytest.mark.parametrize(
    ("specifier", "order"),
    [
        ("==12.5.1", Order.BELOW),
        ("==15.6.0", Order.AT_LEAST),
        ("==16.*", Order.AT_LEAST),
        ("==15.*", Order.UNKNOWN),
        ("<15", Order.BELOW),
        ("<15.6", Order.BELOW),
        ("<=15.6.0", Order.UNKNOWN),
        ("<=15.5.1", Order.BELOW),
        (">=14,<15", Order.BELOW),
        (">=15.0.1,<16", Order.UNKNOWN),
        (">=15.6", Order.AT_LEAST),
        (">=7", Order.UNKNOWN),
        ("~=2.56.0", Order.BELOW),
        ("~=15.6", Order.AT_LEAST),
        ("!=15.1", Order.UNKNOWN),
        ("", Order.UNKNOWN),
        ("*", Order.UNKNOWN),
        # Poetry's own ways to write it
        ("^14.1", Order.BELOW),
        ("^15.6", Order.AT_LEAST),
        ("^15.0", Order.UNKNOWN),
        ("~15.5", Order.BELOW),
        ("~15", Order.UNKNOWN),
        ("14.*", Order.BELOW),
        ("14.1.0", Order.BELOW),
        (">=14,^14.2", Order.BELOW),
    ],
)
def test_order(specifier: str, order: Order) -> None:
    releases = admitted(specifier)
    assert releases is not None
    assert releases.against(FLOOR) is order


@pytest.mark.parametrize(
    ("specifier", "low", "high"),
    [("^0.2.3", "0.2.3", "0.3"), ("^0.0.3", "0.0.3", "0.0.4"), ("^1", "1", "2"), ("~1.2.3", "1.2.3", "1.3"), ("^0", "0", "1")],
)
def test_carets_and_tildes_are_poetrys(specifier: str, low: str, high: str) -> None:
    assert admitted(specifier) == Releases(Version(low), Version(high))


def test_an_exact_release_is_told() -> None:
    assert [str(found.exact) for text in ("==1.2", "1.2", ">=1.2") if (found := admitted(text))] == ["1.2", "1.2", "None"]


@pytest.mark.parametrize("text", ["latest", "=>1", "~=2", "^x", "{version}", "==1.2.x"])
def test_what_is_no_specifier_is_none(text: str) -> None:
    assert admitted(text) is None


PARTS = st.lists(st.integers(0, 20), min_size=2, max_size=3).map(lambda parts: ".".join(map(str, parts)))
SPECIFIERS = st.lists(st.tuples(st.sampled_from(["==", ">=", "<", "<=", "~=", ">"]), PARTS), min_size=1, max_size=2)


@given(SPECIFIERS, PARTS, PARTS)
def test_no_order_contradicts_packaging(parts: list[tuple[str, str]], floor: str, release: str) -> None:
    """Whatever a specifier admits lies on the side that was told."""
    specifier = ",".join(operator + version for operator, version in parts)
    found = admitted(specifier)
    assert found is not None
    if SpecifierSet(specifier).contains(release, prereleases=True):
        order = found.against(Version(floor))
        if order is Order.BELOW:
            assert Version(release) < Version(floor)
        if order is Order.AT_LEAST:
            assert Version(release) >= Version(floor)
