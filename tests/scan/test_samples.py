"""Every rule is tried on its own annotated sample, through the whole scan: what is marked is found, the rest stays silent."""

import pathlib

import pytest

from payproof import catalogue, documents
from payproof.model import CATEGORIES
from payproof.scan.samples import marked, try_sample

SAMPLES = documents.data_folder("fixtures") / "code"
RULES = {rule.id: rule for rule in catalogue.load_rules()}
FILES = {path.stem: path for path in sorted(SAMPLES.iterdir()) if path.is_file()}


def test_every_rule_has_a_sample_and_every_sample_a_rule() -> None:
    assert set(FILES) == set(RULES)
    assert len(FILES) == sum(path.is_file() for path in SAMPLES.iterdir())


def test_no_rule_is_called_like_a_category() -> None:
    """Both can be selected and ignored by name."""
    assert not set(RULES) & set(CATEGORIES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_sample(rule: str) -> None:
    tried = try_sample(FILES[rule], rule)
    assert not tried.unread
    assert tried.shows, "the sample shows nothing that its rule finds"
    assert not tried.missing, f"Missing: {tried.missing}"
    assert not tried.noisy, f"Noisy: {tried.noisy}"
    assert not tried.found_after_all, f"a known miss is found now, mark it `finds`: {tried.found_after_all}"


SPOILT = """\
import stripe


def pay(amount):
    stripe.Charge.create(amount=amount, currency="eur")
    stripe.Refund.create(charge="ch_1")  # misses: idempotency-key-missing
    return amount  # finds: idempotency-key-missing, secret-logged
"""


def test_a_sample_that_is_wrong_is_noticed(tmp_path: pathlib.Path) -> None:
    sample = tmp_path / "spoilt.py"
    sample.write_text(SPOILT)
    tried = try_sample(sample, "idempotency-key-missing")
    assert tried.missing == (("idempotency-key-missing", 7), ("secret-logged", 7))
    assert ("idempotency-key-missing", 5) in tried.noisy
    assert tried.found_after_all == (("idempotency-key-missing", 6),)
    assert tried.shows
    assert not try_sample(sample, "webhook-unchecked").shows
    sample.write_text("import stripe\ndef (:\n")
    assert try_sample(sample).unread
    assert marked("x  # finds: a, b\n<!-- misses: c -->\n", "finds") == {("a", 1), ("b", 1)}


@pytest.mark.parametrize(
    ("first", "silent"), [("# file: tests/test_pay.py", True), ("# file: ../../pay.py", False), ("#", False)]
)
def test_a_sample_stands_where_its_first_line_says(first: str, silent: bool, tmp_path: pathlib.Path) -> None:
    sample = tmp_path / "placed.py"
    sample.write_text(f"{first}\n{SPOILT}")
    assert bool(try_sample(sample).noisy) is not silent
