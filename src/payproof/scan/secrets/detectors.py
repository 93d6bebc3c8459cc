"""The detectors: two of detect-secrets' own plugins, and plugins of ours, made from its base class, for what it lacks.

Import this module only when there is a line to look at: detect-secrets imports `requests` and takes about 0.2 s. Plugins are
asked through `analyze_string`, which is a pure function of the line; `analyze_line` and `scan_file` read global settings and
can ask a processor over the network whether a key works.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector

_ASSIGNED = r"[\"']?\]?\s*(?:=>|:=|:\s*[A-Za-z][\w.\[\]| ]*=|[:=,])\s*[bru]{0,2}[\"']?"
_ENDS = r"(?![\w+/=-])"

_PLAIN = """
    access account api app application auth base cfg client conf config credential credentials creds data default dev development
    env environ gateway hmac hook id key keys kwargs live local merchant my new old options os params payment payments pay private
    prod production rest sandbox secret secrets self setting settings signature signing stage staging test testing the token tran
    trans transaction v1 v2 web webhook x
"""
_PLAIN_WORDS = frozenset(_PLAIN.split())
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def assigned(names: str, value: str) -> re.Pattern[str]:
    """Return an expression for `name = "value"` in code, YAML, JSON, .env and call arguments; groups: whole name, value."""
    return re.compile(
        rf"(?<![\w.-])([A-Za-z_][\w.-]{{0,60}})??((?i:{names})[A-Za-z0-9]*(?:[_-][A-Za-z0-9]+){{0,2}}){_ASSIGNED}({value}){_ENDS}"
    )


class NamedSecretDetector(RegexBasedDetector):  # type: ignore[misc]
    """Finds a value without a shape of its own by the name it is given to.

    `processor_words` are the words of the processor. A name that speaks of somebody else (`GOOGLE_CLIENT_SECRET`) does not
    count, however much the file speaks of the processor.
    """

    processor_words: frozenset[str] = frozenset()
    denylist: Sequence[re.Pattern[str]] = ()

    def analyze_string(self, string: str) -> Iterator[str]:
        for pattern in self.denylist:
            for match in pattern.finditer(string):
                before, name, value = match.groups()
                words = {word.lower() for word in _WORD.findall((before or "") + name)}
                if not words.isdisjoint(self.processor_words) or words <= _PLAIN_WORDS:
                    yield value


class ModernStripeDetector(RegexBasedDetector):  # type: ignore[misc]
    """Stripe's secret and restricted keys of either mode and any length; detect-secrets knows live ones of 24 characters.

    Paystack's keys have the same prefix.
    """

    secret_type = "Stripe secret key"
    denylist = (re.compile(r"\b(?:sk|rk)_(?:org_)?(?:live|test|prod)_[0-9A-Za-z]{16,247}\b"),)


class WebhookSecretDetector(RegexBasedDetector):  # type: ignore[misc]
    """Stripe's webhook signing secrets. Services on the Standard Webhooks convention share the prefix."""

    secret_type = "Stripe webhook signing secret"
    denylist = (re.compile(r"\bwhsec_[0-9A-Za-z+/]{24,}={0,2}(?![\w+/=])"),)


class PayPalSecretDetector(NamedSecretDetector):
    """PayPal's REST client secrets: 80 characters (44 formerly) that start with E."""

    secret_type = "PayPal client secret"
    processor_words = frozenset({"paypal", "pp", "braintree"})
    denylist = (assigned("secret", r"E[0-9A-Za-z_-]{43,99}"),)


class PayPalClassicDetector(RegexBasedDetector):  # type: ignore[misc]
    """Password and signature of PayPal's older NVP and SOAP interfaces."""

    secret_type = "PayPal API credential"
    denylist = (
        re.compile(rf"(?i:paypal\w*(?:password|pwd)){_ASSIGNED}([A-Z0-9]{{16}}){_ENDS}"),
        re.compile(rf"(?i:paypal\w*signature){_ASSIGNED}(A[0-9A-Za-z._-]{{55}}){_ENDS}"),
    )


class BraintreeKeyDetector(NamedSecretDetector):
    """Braintree's private keys: 32 hexadecimal digits."""

    secret_type = "Braintree private key"
    processor_words = frozenset({"braintree", "bt"})
    denylist = (assigned("private[_-]?key", r"[0-9a-f]{32}"),)


class BraintreeTokenDetector(RegexBasedDetector):  # type: ignore[misc]
    """Braintree's access tokens."""

    secret_type = "Braintree access token"
    denylist = (re.compile(r"access_token\$(?:production|sandbox|integration)\$[0-9a-z]{16}\$[0-9a-f]{32}\b"),)


class AdyenKeyDetector(RegexBasedDetector):  # type: ignore[misc]
    """Adyen's API keys: three parts, the first of which starts with AQE."""

    secret_type = "Adyen API key"
    denylist = (re.compile(r"\bAQE[0-9A-Za-z+/]{20,}={0,2}-[0-9A-Za-z+/]{20,}={0,2}-[^\s\"'`\\]{8,}"),)


class AdyenHmacDetector(NamedSecretDetector):
    """Adyen's HMAC keys for notifications: 64 hexadecimal digits."""

    secret_type = "Adyen HMAC key"
    processor_words = frozenset({"adyen"})
    denylist = (assigned("hmac(?:[_-]?(?:key|secret))?|hmac[_-]?(?:signature|webhook)[_-]?(?:key|secret)", r"[0-9A-Fa-f]{64}"),)


class SquareTokenDetector(RegexBasedDetector):  # type: ignore[misc]
    """Square's access tokens, new and old; detect-secrets knows its OAuth secrets."""

    secret_type = "Square access token"
    denylist = (re.compile(r"\bEAAA[0-9A-Za-z_-]{60}(?![\w-])"), re.compile(r"\bsq0atp-[0-9A-Za-z_-]{22}(?![\w-])"))


class RazorpaySecretDetector(NamedSecretDetector):
    """Razorpay's key secrets, by name or as the second half of `auth=(key id, key secret)`."""

    secret_type = "Razorpay key secret"
    processor_words = frozenset({"razorpay", "razor", "rzp", "rz"})
    denylist = (
        assigned("key[_-]?secret|secret(?:[_-]?key)?", r"(?=[0-9A-Za-z]*[0-9])(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{20,28}"),
        re.compile(r"()(rzp)_(?:live|test)_\w{14}[\"']\s*,\s*[\"']([0-9A-Za-z]{20,28})[\"']"),
    )


class AuthorizeNetDetector(NamedSecretDetector):
    """Authorize.net's transaction keys (16 letters and digits) and signature keys (128 hexadecimal digits)."""

    secret_type = "Authorize.net transaction key"
    processor_words = frozenset({"authorize", "authorizenet", "authnet", "anet", "transaction", "tran", "trans"})
    denylist = (
        assigned("trans(?:action)?[_-]?key", r"(?=[0-9A-Za-z]*[0-9])(?=[0-9A-Za-z]*[A-Za-z])[0-9A-Za-z]{16}"),
        assigned("signature[_-]?key", r"[0-9A-Fa-f]{128}"),
    )


class MollieKeyDetector(RegexBasedDetector):  # type: ignore[misc]
    """Mollie's API keys."""

    secret_type = "Mollie API key"
    denylist = (re.compile(r"(?<![0-9A-Za-z_])(?:live|test)_[0-9A-Za-z]{30,36}\b"),)


class FlutterwaveKeyDetector(RegexBasedDetector):  # type: ignore[misc]
    """Flutterwave's secret keys."""

    secret_type = "Flutterwave secret key"
    denylist = (re.compile(r"\bFLWSECK(?:_TEST)?-[0-9a-f]{32}-X\b"),)


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """A detector and what it finds. `certain` is false where name and shape together are the only hint; such a detector, and
    any with `mention`, is asked only in files that mention the processor."""

    detector: RegexBasedDetector
    processor: str
    what: str
    certain: bool = True
    mention: bool = False

    def values(self, text: str) -> Iterator[str]:
        yield from self.detector.analyze_string(text)


CREDENTIALS = (
    Credential(ModernStripeDetector(), "stripe", "secret key"),
    Credential(StripeDetector(), "stripe", "secret key"),
    Credential(WebhookSecretDetector(), "stripe", "webhook signing secret"),
    Credential(PayPalSecretDetector(), "paypal", "client secret", certain=False, mention=True),
    Credential(PayPalClassicDetector(), "paypal", "API credential", certain=False),
    Credential(BraintreeTokenDetector(), "braintree", "access token"),
    Credential(BraintreeKeyDetector(), "braintree", "private key", certain=False, mention=True),
    Credential(AdyenKeyDetector(), "adyen", "API key"),
    Credential(AdyenHmacDetector(), "adyen", "HMAC key", certain=False, mention=True),
    Credential(SquareOAuthDetector(), "square", "OAuth secret"),
    Credential(SquareTokenDetector(), "square", "access token", mention=True),
    Credential(RazorpaySecretDetector(), "razorpay", "key secret", certain=False, mention=True),
    Credential(AuthorizeNetDetector(), "authorize.net", "transaction key", certain=False, mention=True),
    Credential(MollieKeyDetector(), "mollie", "API key", certain=False, mention=True),
    Credential(FlutterwaveKeyDetector(), "flutterwave", "secret key"),
)
