"""What the rules about webhooks, amounts and refunds say: every sentence, and every reason for not knowing."""

import pathlib
import textwrap

import pytest

from payproof.model import Confidence, Site, Verdict
from payproof.scan.engine import ScanOptions, scan

HEAD = """\
import hashlib, hmac, json, os, time
import boto3, requests, stripe
from Adyen.util import is_valid_hmac_notification
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework.views import APIView
from shop.models import Delivery, Order, Ticket, WebhookLog
KEY = os.environ["STRIPE_WEBHOOK_SECRET"]
"""
STRIPE = 'event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], KEY)'
PAYPAL = 'requests.post("https://api-m.paypal.com/v1/notifications/verify-webhook-signature", json=json.loads(request.body))'
PAID = "Order.objects.filter(intent=request.POST['id'], total=request.POST['amount']).update(paid=True)"


def sites(tmp_path: pathlib.Path, code: str, rule: str) -> list[Site]:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "shop.py").write_text(HEAD + textwrap.dedent(code))
    result = scan([tmp_path], ScanOptions(select=(rule,), cache=False))
    assert not result.unread
    return [site for site in result.sites if site.rule == rule]


SAID = [
    ("webhook-check-ineffective", f"""
        def stripe_webhook(request):
            answer = {PAYPAL}
            if answer.ok:
                {PAID}
     """, "runs without the processor's yes, which stands in the body: to a forgery it answers 200, too."),
    ("webhook-check-ineffective", f"""
        def adyen_webhook(request):
            is_valid_hmac_notification(json.loads(request.body), KEY)
            {PAID}
     """, "The answer of Adyen.util.is_valid_hmac_notification does not decide whether shop.models.Order"),
    ("webhook-check-ineffective", f"""
        def adyen_webhook(request):
            if not is_valid_hmac_notification(json.loads(request.body), KEY):
                print("refused")
            {PAID}
     """, "adyen_webhook goes on when the check says no: shop.models.Order.objects.filter().update is reached all the same."),
    ("webhook-check-ineffective", """
        def paypal_webhook(request):
            event = json.loads(request.body)
            stripe.Webhook.construct_event(json.dumps(event), request.headers["Stripe-Signature"], KEY)
     """, "is given a body that was parsed and written again: the bytes that were signed are lost."),
    ("webhook-secret-default", """
        def paystack_webhook(request):
            hmac.new(os.environ.get("KEY", "").encode(), request.body, hashlib.sha512).hexdigest()
     """, "The signing secret is empty when it is not configured, and with an empty key anybody can sign."),
    ("webhook-compare-timing", f"""
        def paystack_webhook(request):
            if hmac.new(KEY.encode(), request.body, hashlib.sha512).hexdigest() == request.headers["X-Paystack-Signature"]:
                {PAID}
     """, "Digests are compared by an operator that stops at the first difference: its time tells how much was right."),
    ("webhook-batch-partial", """
        def adyen_webhook(request):
            body = json.loads(request.body)
            if is_valid_hmac_notification(body, KEY):
                for item in body["notificationItems"]:
                    Order.objects.filter(pk=item["NotificationRequestItem"]["merchantReference"]).update(seen=True)
     """, "is_valid_hmac_notification checks the first item only, and all items of the batch are acted on."),
    ("webhook-batch-partial", """
        def adyen_webhook(request):
            note = json.loads(request.body)["notificationItems"][0]["NotificationRequestItem"]
            if is_valid_hmac_notification(note, KEY):
                Order.objects.filter(pk=note["merchantReference"]).update(seen=True)
     """, "Only the first item of a batch is looked at."),
    ("webhook-flag-misread", """
        def adyen_webhook(request):
            for item in json.loads(request.body)["notificationItems"]:
                if item["NotificationRequestItem"]["success"]:
                    Order.objects.filter(pk=1).update(seen=True)
     """, 'success is the text "true" or "false", and either text is true.'),
    ("webhook-certificate-unpinned", """
        def paypal_webhook(request):
            requests.get(request.headers["Paypal-Cert-Url"], timeout=5)
     """, "The certificate that decides is fetched from an address that the message itself names."),
    ("webhook-age-unchecked", """
        def stripe_webhook(request):
            header = request.headers["Stripe-Signature"].split(",")
            hmac.new(KEY.encode(), f"{header[0]}.{request.body}".encode(), hashlib.sha256).hexdigest()
     """, "The time of the message is signed with it and never compared: what somebody recorded is accepted for ever."),
    ("webhook-repeat-acts", f"""
        def stripe_webhook(request):
            {STRIPE}
            wallet = get_object_or_404(Order, pk=event.data.object.id)
            wallet.balance += 5
     """, "Something is added up once more whenever the message comes again: nothing was seen to tell a repeat."),
    ("webhook-repeat-acts", f"""
        def stripe_webhook(request):
            {STRIPE}
            boto3.client("sqs").send_message(MessageBody=event.data.object.id)
     """, "A message is sent on once more whenever the message comes again: nothing was seen to tell a repeat."),
    ("webhook-repeat-acts", f"""
        def stripe_webhook(request):
            {STRIPE}
            Ticket.objects.create(buyer=event.data.object.customer)
     """, "A row is written once more whenever the message comes again: nothing was seen to tell a repeat."),
    ("webhook-repeat-acts", f"""
        from django.core.mail import send_mail
        def stripe_webhook(request):
            {STRIPE}
            send_mail("Thanks", "Your tickets", "us", [event.data.object.receipt_email])
     """, "A mail is sent once more whenever the message comes again: nothing was seen to tell a repeat."),
    ("webhook-amount-unheld", """
        def paypal_ipn(request):
            if requests.post("https://ipnpb.paypal.com/cgi-bin/webscr", data=request.body).text == "VERIFIED":
                Order.objects.filter(pk=request.POST["custom"]).update(paid=True)
     """, "paypal_ipn marks as paid what the message names, and holds its amount against nothing."),
    ("redirect-trusted", """
        def payment_success(request):
            order = get_object_or_404(Order, pk=request.GET["order"])
            order.paid = True
     """, "payment_success takes the customer's return for a payment: the processor is not asked."),
    ("amount-from-client", """
        def pay(request):
            stripe.PaymentIntent.create(amount=request.POST["amount"], currency="eur")
     """, "The amount is what the request says (amount); no price of the server's decides it."),
    ("currency-from-client", """
        def pay(request, order_id):
            order = get_object_or_404(Order, pk=order_id)
            stripe.PaymentIntent.create(amount=order.total, currency=request.POST["currency"])
     """, "The currency is what the request says (currency); no price of the server's decides it."),
    ("refund-unguarded", """
        def refund(request):
            stripe.Refund.create(payment_intent=request.POST["intent"])
     """, "refund refunds for anybody who asks: nothing was seen to look who calls."),
    ("refund-unguarded", """
        @login_required
        def refund(request):
            stripe.Refund.create(payment_intent=request.POST["intent"])
     """, "refund refunds any order for any customer: nothing holds the order against who asks."),
    ("refund-amount-uncapped", """
        def refund(request):
            stripe.Refund.create(payment_intent=request.POST["intent"], amount=request.POST["amount"])
     """, "The amount of the refund is what the request says (amount), with nothing to cap it."),
    ("refund-of-disputed", f"""
        def stripe_webhook(request):
            {STRIPE}
            if event.type == "charge.dispute.created":
                stripe.Refund.create(charge=event.data.object.charge)
     """, "A charge that is disputed is refunded as well: the money is lost twice."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "said"), SAID)
def test_what_is_said_of_a_fault(rule: str, code: str, said: str, tmp_path: pathlib.Path) -> None:
    (site,) = [site for site in sites(tmp_path, code, rule) if site.verdict is Verdict.VIOLATED]
    assert said in site.message


UNKNOWN = [
    ("webhook-unchecked", """
        def stripe_webhook(request):
            WebhookLog.objects.create(body=request.body)
     """, "the payload is recorded, and what acts on the record could not be followed"),
    ("webhook-unchecked", f"""
        def check_payload(body):
            return body.startswith(b"{{") and Delivery.objects.filter(body=body).count() == 0
        def verify_request(request):
            return check_payload(request.body)
        def stripe_webhook(request):
            if verify_request(request):
                {PAID}
     """, "verify_request may check it, and could not be followed"),
    ("webhook-check-ineffective", f"""
        class Message:
            def check(self, request):
                self.answer = {PAYPAL}
        def paypal_webhook(request):
            message = Message()
            message.check(request)
            if message.fine():
                {PAID}
     """, "the answer of the check is kept on an object, and what becomes of it could not be followed"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "reason"), UNKNOWN)
def test_why_something_is_not_known(rule: str, code: str, reason: str, tmp_path: pathlib.Path) -> None:
    (site,) = sites(tmp_path, code, rule)
    assert (site.verdict, site.reason) == (Verdict.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("guard", "confidence"), [("permission_required('refund')", Confidence.LOW), ("login_required", Confidence.MEDIUM)]
)
def test_what_staff_decide_is_said_with_less_certainty(guard: str, confidence: Confidence, tmp_path: pathlib.Path) -> None:
    code = f"""
        @{guard}
        def refund(request):
            order = get_object_or_404(Order, pk=request.POST["order"], user=request.user)
            stripe.Refund.create(payment_intent=order.intent, amount=request.POST["amount"])
    """
    (site,) = sites(tmp_path, code, "refund-amount-uncapped")
    assert (site.verdict, site.confidence) == (Verdict.VIOLATED, confidence)


HOLDS = [
    ("webhook-repeat-acts", f"""
        def stripe_webhook(request):
            {STRIPE}
            if not Delivery.objects.filter(event=event.id).exists():
                Ticket.objects.create(buyer=event.data.object.customer)
     """, "A message that comes twice is recognised, or does nothing the second time."),
    ("webhook-age-unchecked", """
        def stripe_webhook(request):
            header = request.headers["Stripe-Signature"].split(",")
            if time.time() - int(header[0]) < 300:
                hmac.new(KEY.encode(), f"{header[0]}.{request.body}".encode(), hashlib.sha256).hexdigest()
     """, "The age of a message is looked at."),
    ("webhook-compare-timing", """
        def paystack_webhook(request):
            digest = hmac.new(KEY.encode(), request.body, hashlib.sha512).hexdigest()
            hmac.compare_digest(digest, request.headers["X-Paystack-Signature"])
     """, "The digests are compared in constant time."),
    ("webhook-batch-partial", """
        def adyen_webhook(request):
            for item in json.loads(request.body)["notificationItems"]:
                is_valid_hmac_notification(item["NotificationRequestItem"], KEY)
     """, "The message is checked and read as it should be."),
    ("amount-from-client", """
        def pay(request, order_id):
            order = get_object_or_404(Order, pk=order_id)
            stripe.PaymentIntent.create(amount=order.total, currency="eur")
     """, "What is charged or believed does not rest on the client's word."),
    ("refund-unguarded", """
        @login_required
        def refund(request):
            order = get_object_or_404(Order, pk=request.POST["order"], user=request.user)
            stripe.Refund.create(payment_intent=order.intent)
     """, "The refund is controlled, as far as can be seen."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "said"), HOLDS)
def test_what_is_said_where_nothing_is_wrong(rule: str, code: str, said: str, tmp_path: pathlib.Path) -> None:
    (site,) = sites(tmp_path, code, rule)
    assert (site.verdict, site.message) == (Verdict.HOLDS, said)


@pytest.mark.parametrize(
    ("text", "handler"),
    [("invoice.paid", True), ("invoice.payment_failed", True), ("invoice.", True), ("invoice.view", False), ("CAPTURED", False)],
)
def test_a_view_that_names_an_event_is_a_handler(text: str, handler: bool, tmp_path: pathlib.Path) -> None:
    code = f"""
        def take(request):
            kind = json.loads(request.body)["kind"]
            if kind == "{text}":
                Ticket.objects.create(body=kind)
    """
    assert bool(sites(tmp_path, code, "webhook-unchecked")) is handler
