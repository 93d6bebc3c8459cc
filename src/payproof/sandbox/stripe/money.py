"""Amounts and currencies: minimums, minor units, how a message shows an amount, and the sandbox's fees.

Amounts are integers of the currency's minor unit, as in Stripe's API. Minimums are those of Stripe's currencies page. The fee
model is ours: 2.9 % + 30 minor units per captured card payment, rounded half up, and 1,500 per dispute, returned when it is won.
"""

from __future__ import annotations

_BY_DECIMALS = {
    0: "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf",
    2: """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk
    dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp
    lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd
    rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw
    """,
    3: "bhd jod kwd omr tnd",
}
"""The currencies that Stripe takes, by the number of their decimals there."""

DECIMALS = {currency: digits for digits, currencies in _BY_DECIMALS.items() for currency in currencies.split()}
CURRENCIES = frozenset(DECIMALS)

LARGEST = 99_999_999
"""The largest amount of one charge: eight digits."""

SMALLEST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""The smallest charge by settlement currency, in minor units; other currencies have no minimum of their own here."""

SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "$", "aud": "$"}

DISPUTE_FEE = 1_500


def fee(amount: int) -> int:
    """Return the sandbox's fee for a captured payment of `amount`, both in minor units."""
    return (amount * 29 + 500) // 1_000 + 30


def exponent(currency: str) -> int:
    """Return how many decimals `currency` (a lower-case ISO code) has at Stripe."""
    return DECIMALS.get(currency, 2)


def shown(amount: int, currency: str) -> str:
    """Return `amount` as Stripe's messages show it: `$10.00`, `¥500`, `12.500 kwd`."""
    digits = exponent(currency)
    number = f"{amount / 10**digits:,.{digits}f}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency}"
