"""Each way of showing or keeping a value is known as such; the harmless twin beside it stays silent."""

import pathlib
import textwrap

import pytest

from payproof.model import Verdict
from payproof.scan.engine import ScanOptions, scan

NEW = "import stripe\n\n\n"


def found(project: pathlib.Path, code: str, rule: str) -> list[int]:
    (project / "shop.py").write_text(textwrap.dedent(code).lstrip())
    result = scan([project], ScanOptions(select=(rule,), cache=False))
    assert not result.unread
    return [site.place.line for site in result.sites if site.verdict is Verdict.VIOLATED]


SHOWN = {
    "an adapter": ("import logging\nlog = logging.LoggerAdapter(logging.getLogger(), {})", "log.info(%s)"),
    "an adapter's extra": ("import logging", "logging.LoggerAdapter(logging.getLogger(), {'card': %s})"),
    "a child logger": ("import logging\nlog = logging.getLogger().getChild('x')", "log.warning('%%s', %s)"),
    "a level": ("import logging", "logging.log(logging.INFO, '%%s', %s)"),
    "extra": ("import logging", "logging.info('paid', extra={'number': %s})"),
    "structlog's keywords": ("import structlog\nlog = structlog.get_logger()", "log.info('paid', number=%s)"),
    "structlog's bound context": ("import structlog\nlog = structlog.get_logger()", "log.bind(number=%s)"),
    "structlog's context variables": ("import structlog", "structlog.contextvars.bind_contextvars(number=%s)"),
    "loguru": ("from loguru import logger", "logger.success('paid {}', %s)"),
    "loguru's context": ("from loguru import logger", "logger.contextualize(number=%s)"),
    "a task's logger": ("from celery.utils.log import get_task_logger\nwork = get_task_logger('x')", "work.info(%s)"),
    "icecream": ("from icecream import ic", "ic(%s)"),
    "rich": ("from rich.console import Console\nconsole = Console()", "console.print(%s)"),
    "pprint": ("from pprint import pprint", "pprint({'a': %s})"),
    "a warning": ("import warnings", "warnings.warn(f'bad {%s}')"),
    "standard error": ("import sys", "sys.stderr.write(%s)"),
    "an exception": ("", "raise ValueError(f'refused {%s}')"),
    "an e-mail": ("from django.core.mail import send_mail", "send_mail('paid', f'by {%s}', 'a@b.example', [])"),
    "a chat": ("from slack_sdk import WebClient\nclient = WebClient()", "client.chat_postMessage(text=%s)"),
    "Sentry's scope": ("import sentry_sdk\nscope = sentry_sdk.get_current_scope()", "scope.set_extra('number', %s)"),
    "Sentry's breadcrumb": ("import sentry_sdk", "sentry_sdk.add_breadcrumb(data={'number': %s})"),
    "Rollbar's extra data": ("import rollbar", "rollbar.report_exc_info(None, extra_data={'number': %s})"),
    "Bugsnag's metadata": ("import bugsnag", "bugsnag.notify(None, metadata={'card': {'n': %s}})"),
    "a span": (
        "from opentelemetry import trace\nspan = trace.get_current_span()",
        "span.set_attribute('number', %s)",
    ),
    "a span's event": ("from opentelemetry import trace\nspan = trace.get_current_span()", "span.add_event('e', {'n': %s})"),
    "Datadog": ("from ddtrace import tracer", "tracer.current_span().set_tag('number', %s)"),
    "New Relic": ("import newrelic.agent", "newrelic.agent.add_custom_attribute('number', %s)"),
    "Honeycomb": ("import beeline", "beeline.add_context_field('number', %s)"),
    "a method that logs": ("", "audit.log_action('pay', {'number': %s})"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_card_data_is_seen_where_it_is_shown(name: str, project: pathlib.Path) -> None:
    head, line = SHOWN[name]
    code = f"{head}\nimport stripe\n\n\ndef pay(card_number, audit):\n    {line % 'card_number'}\n"
    assert found(project, code, "card-data-logged") == [code.lstrip().count("\n")]
    assert not found(
        project,
        code.replace("card_number)", "card_number[-4:])")
        .replace("{card_number}", "{card_number[-4:]}")
        .replace(": card_number}", ": card_number[-4:]}")
        .replace("=card_number)", "=card_number[-4:])"),
        "card-data-logged",
    )


STORED = {
    "a cache": ("from django.core.cache import cache", "cache.set('card', %s)"),
    "Redis": ("import redis\nstore = redis.Redis()", "store.setex('card', 60, %s)"),
    "a session": ("", "request.session['card'] = %s"),
    "an entry of a session": ("", "request.session['cart']['card'] = %s"),
    "Flask's session": ("from flask import session", "session['card'] = %s"),
    "a cookie": ("", "response.set_cookie('card', %s)"),
    "a file": ("import pathlib", "pathlib.Path('x').write_text(%s)"),
    "MongoDB": ("", "db.cards.insert_one({'number': %s})"),
    "SQL": ("", "cursor.execute('INSERT INTO cards VALUES (%%s)', (%s,))"),
    "an ORM's manager": ("", "Card.objects.create(number=%s)"),
    "bulk": ("", "Card.objects.bulk_create([dict(number=%s)])"),
}


@pytest.mark.parametrize("name", STORED)
def test_card_data_is_seen_where_it_is_kept(name: str, project: pathlib.Path) -> None:
    head, line = STORED[name]
    code = f"{head}\nimport stripe\n\n\ndef pay(request, response, db, cursor, Card, card_number):\n    {line}\n"
    assert found(project, code % "card_number", "card-data-stored") == [code.lstrip().count("\n")]
    assert not found(project, code % "card_number[-4:]", "card-data-stored")


def test_reading_with_sql_keeps_nothing(project: pathlib.Path) -> None:
    code = (
        "import stripe\n\n\ndef find(cursor, card_number):\n    cursor.execute('SELECT 1 FROM c WHERE n = %s', (card_number,))\n"
    )
    assert not found(project, code, "card-data-stored")


ROWS = """
from django.db import models
from sqlalchemy.orm import DeclarativeBase
import stripe


class Base(DeclarativeBase):
    pass


class Card(models.Model):
    card_number = models.CharField(max_length=19)


class Row(Base):
    __tablename__ = "rows"


class Basket:
    def save(self):
        return None


"""


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("def f(card_number):\n    card = Card.objects.get(pk=1)\n    card.number = card_number\n    card.save()\n", [4]),
        ("def f(card_number):\n    card = Card(number=card_number)\n    card.save()\n", [3]),
        ("def f(session, card_number):\n    session.add(Row(number=card_number))\n", [2]),
        ("def f(session, card_number):\n    session.add_all([Row(number=card_number)])\n", [2]),
        ("def f(card_number):\n    Card.create(number=card_number)\n", [2]),
        ("def f():\n    card = Card.objects.get(pk=1)\n    card.save()\n", []),
        ("def f(card: Card):\n    card.active = True\n    card.save()\n", []),
        ("def f(session, card_number):\n    session.add(Row(last4=card_number[-4:]))\n", []),
        ("def f(card_number):\n    Card.find(number=card_number)\n", []),
    ],
)
def test_rows_keep_what_was_put_on_them(body: str, lines: list[int], project: pathlib.Path) -> None:
    offset = ROWS.lstrip().count("\n")
    assert found(project, ROWS + body, "card-data-stored") == [offset + line for line in lines]


def test_a_mask_in_the_tables_own_save_counts(project: pathlib.Path) -> None:
    code = """
    import re
    import stripe
    from django.db import models


    class Log(models.Model):
        text = models.TextField()

        def save(self, *args, **kwargs):
            self.text = re.sub(r"[0-9 -]{13,19}", "****", self.text)
            super().save(*args, **kwargs)


    def f(card_number):
        log = Log(text=card_number)
        log.save()
    """
    assert not found(project, code, "card-data-stored")
    unmasked = code.replace('self.text = re.sub(r"[0-9 -]{13,19}", "****", self.text)', "self.count = 1")
    assert found(project, unmasked, "card-data-stored") == [11]


MAPPINGS = [
    ("def f(data):\n    print(data)\n    return data['card_number']\n", [2]),
    ("def f(**data):\n    print([f'{name}: {data[name]}' for name in data])\n    return data.get('card_number')\n", [2]),
    ("def f(data):\n    print([str(item) for item in data.items()])\n    return 'card_number' in data\n", [2]),
    ("def f(data):\n    print(data)\n    return data['amount']\n", []),
    ("def f(data):\n    print(data['amount'], list(data))\n    return data['card_last4']\n", []),
    ("def f(data):\n    number = data.pop('card_number')\n    print(data)\n    return number\n", []),
    ("def f(data):\n    token = swap(data['card_number'])\n    del data['card_number']\n    print(data)\n    return token\n", []),
    ("def f(data):\n    pay(data['card_number'])\n    data['card_number'] = '****'\n    print(data)\n", []),
    ("def f(data):\n    print({k: v for k, v in data.items() if k != 'card_number'})\n    return data['card_number']\n", []),
]


@pytest.mark.parametrize(("body", "lines"), MAPPINGS)
def test_what_card_data_is_read_from_is_card_data_as_a_whole(body: str, lines: list[int], project: pathlib.Path) -> None:
    assert found(project, NEW + body, "card-data-logged") == [3 + line for line in lines]


def test_a_form_with_card_fields_is_card_data_as_a_whole(project: pathlib.Path) -> None:
    code = """
    import stripe
    from django import forms


    class CardForm(forms.Form):
        card_number = forms.CharField()


    class NameForm(forms.Form):
        name = forms.CharField()


    def card(request):
        form = CardForm(request.POST)
        if not form.is_valid():
            print(form.errors, request.POST)


    def name(request):
        form = NameForm(request.POST)
        if not form.is_valid():
            print(form.errors, request.POST)
    """
    assert found(project, code, "card-data-logged") == [16]


def test_the_kept_body_of_a_webhook_is_one(project: pathlib.Path) -> None:
    code = """
    import json
    import logging

    import stripe
    from django.db import models

    logger = logging.getLogger(__name__)


    class WebhookDelivery(models.Model):
        body = models.TextField()
        kind = models.TextField()

        def parsed(self):
            return json.loads(self.body)

        def handle(self):
            logger.info("%s", self.parsed())
            logger.info("%s", self.kind)


    class Letter(models.Model):
        body = models.TextField()

        def handle(self):
            logger.info("%s", self.body)
    """
    assert found(project, code, "webhook-body-logged") == [18]


def test_the_result_of_a_refusal_shows_its_message_only(project: pathlib.Path) -> None:
    code = """
    import braintree

    gateway = braintree.BraintreeGateway(None)


    def pay(nonce):
        result = gateway.transaction.sale({"amount": "1", "payment_method_nonce": nonce})
        if not result.is_success:
            print("refused", result)
            return None
        print("paid", result)
        return result


    def save(card):
        result = gateway.credit_card.create(card)
        if result.is_success:
            return result.credit_card.token
        print("refused", result)
        return None
    """
    assert found(project, code, "processor-object-logged") == [11]


def test_an_address_tells_what_its_answer_holds(project: pathlib.Path) -> None:
    code = """
    import requests

    PAYPAL = "https://api-m.paypal.com"


    def talk(data, order):
        print(requests.post(f"{PAYPAL}/v2/checkout/orders", json=data, timeout=5).text)
        print(requests.post("https://api.razorpay.com/v1/plans", json=data, timeout=5).json())
        print(requests.post("https://ipnpb.paypal.com/cgi-bin/webscr", data=data, timeout=5).text)
        print(requests.get("https://api.razorpay.com/v1/payments/1", timeout=5).json())
        print(requests.post("https://api-m.paypal.com/v2/checkout/orders/1/capture", timeout=5).text)
    """
    assert found(project, code, "processor-object-logged") == [10, 11]
