"""Money in floats, records of what was done with money, and clients that repeat: what is said, and what stays silent."""

import pathlib
import textwrap

import pytest

from payproof.model import Confidence, Site, Verdict
from payproof.scan.engine import ScanOptions, scan


def found(folder: pathlib.Path, code: str, category: str = "float-money") -> list[Site]:
    (folder / "pyproject.toml").write_text("")
    (folder / "shop.py").write_text(textwrap.dedent(code))
    result = scan([folder], ScanOptions(select=(category,), cache=False))
    return [site for site in result.sites if site.verdict is Verdict.VIOLATED]


PAY = "stripe.PaymentIntent.create(amount={}, currency='eur')"


@pytest.mark.parametrize(
    ("parameters", "amount", "rule", "message"),
    [
        ("price", "int(float(price) * 100)", "float-amount-cut", "is a float (float()) that is cut to an integer"),
        ("price: float", "int(price * 100)", "float-amount-cut", "is a float (the parameter price) that is cut"),
        ("price: float | None", "price * 100", "float-amount-sent", "which holds most prices only nearly"),
        ("price", "price * 1.19", "float-amount-sent", "is a float (a float factor)"),
        ("price_cents", "price_cents / 100 * 3", "float-amount-sent", "is a float (a division)"),
        ("price", "round(float(price), 2) * 100", "float-amount-sent", "is a float (float())"),
    ],
)
def test_a_float_on_its_way_to_a_processor_is_named(
    tmp_path: pathlib.Path, parameters: str, amount: str, rule: str, message: str
) -> None:
    (site,) = found(tmp_path, f"import stripe\ndef pay({parameters}):\n    {PAY.format(amount)}")
    assert site.rule == rule
    assert message in site.message


@pytest.mark.parametrize(
    ("parameters", "amount"),
    [
        ("price", "int(price * 100)"),
        ("price: Decimal", "int(price * 100)"),
        ("price: float", "round(price * 100)"),
        ("price", "int(Decimal(str(float(price))) * 100)"),
        ("price: float", "int(Decimal(str(price)) * 100)"),
        ("price: int", "price"),
        ("order", "order.total_cents"),
    ],
)
def test_exact_and_unknown_numbers_stay_silent(tmp_path: pathlib.Path, parameters: str, amount: str) -> None:
    code = f"import stripe\nfrom decimal import Decimal\ndef pay({parameters}):\n    {PAY.format(amount)}"
    assert [site.rule for site in found(tmp_path, code) if site.rule != "decimal-from-float"] == []


def test_a_float_that_a_processor_asks_for_is_a_doubt_only(tmp_path: pathlib.Path) -> None:
    code = """\
    import mercadopago

    sdk = mercadopago.SDK(TOKEN)

    def pay(price):
        sdk.payment().create({"transaction_amount": float(price)})
    """
    (site,) = found(tmp_path, code)
    assert (site.rule, site.confidence) == ("float-amount-sent", Confidence.LOW)


def test_a_float_is_followed_through_functions_and_augmented_assignments(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def pay(price):
        amount = float(price)
        amount *= 100
        charge(amount)

    def charge(amount):
        stripe.PaymentIntent.create(amount=int(amount), currency="eur")
    """
    (site,) = found(tmp_path, code)
    assert (site.rule, site.place.line) == ("float-amount-cut", 4)


def test_a_column_is_found_in_the_module_of_models_that_payment_code_imports(tmp_path: pathlib.Path) -> None:
    columns = "    price = models.FloatField()\n    depth = models.FloatField()\n"
    (tmp_path / "models.py").write_text(f"from django.db import models\n\nclass Book(models.Model):\n{columns}")
    code = "import stripe\nfrom models import Book\n\ndef pay(book: Book):\n    " + PAY.format("round(book.price)")
    (site,) = found(tmp_path, code)
    assert (site.rule, site.place.path, site.place.line) == ("float-amount-column", "models.py", 4)
    assert "Book.price goes to the processor as an amount and is a column of floats" in site.message


def test_a_column_that_nobody_sends_is_a_doubt_only(tmp_path: pathlib.Path) -> None:
    code = "import stripe\nfrom django.db import models\n\nclass Book(models.Model):\n    price = models.FloatField()\n"
    (site,) = found(tmp_path, code)
    assert site.confidence is Confidence.LOW
    assert "Book.price holds money and is a column of floats" in site.message


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("order.amount = event.data.object.amount / 100", "Minor units are divided into a float and kept as amount"),
        ("total = float(order.price) + 1", "Money is added up as floats"),
        ("total += float(order.price)", "Money is added up as floats"),
        ("fee = Decimal(0.1)", "Decimal(0.1) takes over the error of the float"),
        ("fee = Decimal(float(order.price))", "A Decimal made of a float takes over its error"),
        ("order.amount = event.data.object.amount // 100", ""),
        ("text = f'{event.data.object.amount / 100:.2f}'", ""),
        ("total = Decimal(order.price) + 1", ""),
        ("fee = Decimal('0.1') + Decimal(0.5)", ""),
        ("x = float(order.latitude) + 1", ""),
    ],
)
def test_other_ways_of_losing_cents(tmp_path: pathlib.Path, code: str, message: str) -> None:
    made = found(
        tmp_path, f"import stripe\nfrom decimal import Decimal\ndef go(order, event: stripe.Event, total=0):\n    {code}\n"
    )
    assert [message in site.message for site in made] == ([True] if message else [])


def test_the_exponent_of_a_currency_that_is_not_fixed(tmp_path: pathlib.Path) -> None:
    call = "stripe.PaymentIntent.create(amount=int(order.amount * 100), currency=order.currency)"
    code = f"import stripe\ndef pay(order):\n    {call}\n"
    (site,) = found(tmp_path, code)
    assert (site.rule, site.confidence) == ("currency-exponent-ignored", Confidence.LOW)
    assert "multiplied by 100 whatever the currency" in site.message
    assert found(tmp_path, code + "ZERO_DECIMAL = {'jpy'}\n") == []


def test_what_leaves_no_record_is_said_as_a_doubt(tmp_path: pathlib.Path) -> None:
    code = "import stripe\ndef back(charge):\n    stripe.Refund.create(charge=charge)\n"
    (site,) = found(tmp_path, code, "audit-trail")
    assert (site.rule, site.confidence) == ("payment-change-unrecorded", Confidence.LOW)
    assert "refunds money and nothing near by writes down who did it" in site.message
    assert found(tmp_path, code + "def view(request):\n    back(request.charge)\n    audit(request.user)\n", "audit-trail") == []


RETRY = """\
import requests
from urllib3.util.retry import Retry

session = requests.Session()
retries = Retry(total=3, allowed_methods={methods})

def pay(order):
    session.post("https://api.stripe.com/v1/refunds", data={{"charge": order}}, headers={headers})
"""


@pytest.mark.parametrize(
    ("methods", "headers", "told"),
    [
        ("['POST']", "{'A': 'b'}", True),
        ("None", "{'A': 'b'}", True),
        ("frozenset({'GET', 'POST'})", "{'A': 'b'}", True),
        ("['GET']", "{'A': 'b'}", False),
        ("['POST']", "{'Idempotency-Key': order}", False),
    ],
)
def test_a_client_that_repeats_payments(tmp_path: pathlib.Path, methods: str, headers: str, told: bool) -> None:
    made = [
        site
        for site in found(tmp_path, RETRY.format(methods=methods, headers=headers), "idempotency")
        if site.rule == "post-retried-without-key"
    ]
    assert [site.place.line for site in made] == ([5] if told else [])
    if told:
        assert "the one in line 8 to stripe carries no key" in made[0].message
