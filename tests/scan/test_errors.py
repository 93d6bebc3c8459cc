"""Whether errors of processors are caught: across files, by the framework, and how sure of it a finding is."""

import pathlib

import pytest

from payproof.model import Confidence, Site, Verdict
from payproof.scan.engine import ScanOptions, scan

SERVICE = """\
import stripe


def refund(charge):
    return stripe.Refund.create(charge=charge, idempotency_key=charge)
"""


def sites(root: pathlib.Path, rule: str, **files: str) -> list[Site]:
    """Scan a project of the files given and return the sites of one rule."""
    for name, text in files.items():
        path = root / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = scan([root], ScanOptions(cache=False, select=(rule,)))
    assert not result.unread
    return [site for site in result.sites if site.rule == rule]


def verdicts(root: pathlib.Path, rule: str, **files: str) -> list[tuple[Verdict, Confidence]]:
    return [(site.verdict, site.confidence) for site in sites(root, rule, **files)]


CAUGHT = [(Verdict.HOLDS, Confidence.MEDIUM)]
VIEW = "from service import refund\n\n\ndef page(request):\n    refund(request.POST['charge'])  # stripe\n"


def test_an_error_that_leaves_a_view_is_told_with_the_way_it_takes(project: pathlib.Path) -> None:
    (site,) = sites(project, "processor-error-unhandled", service__py=SERVICE, views__py=VIEW)
    assert (site.place.path, site.verdict, site.confidence) == ("service.py", Verdict.VIOLATED, Confidence.MEDIUM)
    assert site.message == (
        "Nobody catches what stripe.Refund.create raises: a refusal, a timeout or an outage of stripe leaves page unhandled."
    )
    assert [(step.place.path, step.place.line) for step in site.steps] == [("views.py", 5)]


@pytest.mark.parametrize(
    "catching",
    [
        "from flask import Flask\napp = Flask('stripe')\n\n@app.errorhandler(Exception)\n"
        "def failed(error):\n    return 'sorry', 500\n",
        "import stripe\nfrom fastapi import FastAPI\napp = FastAPI()\n\n@app.exception_handler(stripe.StripeError)\n"
        "async def failed(request, error):\n    return 'sorry'\n",
        "import stripe\n\nclass Errors:\n    def process_exception(self, request, exception):\n"
        "        return stripe.StripeError\n",
        "import stripe\nfrom aiohttp import web\n\n@web.middleware\nasync def errors(request, handler):\n    try:\n"
        "        return await handler(request)\n    except stripe.StripeError:\n        return web.Response(status=502)\n",
    ],
    ids=["flask", "fastapi", "django", "aiohttp"],
)
def test_a_handler_that_is_given_to_the_framework_counts(project: pathlib.Path, catching: str) -> None:
    assert verdicts(project, "processor-error-unhandled", service__py=SERVICE, views__py=VIEW, app__py=catching) == CAUGHT


def test_a_handler_for_something_else_does_not_count(project: pathlib.Path) -> None:
    other = (
        "from flask import Flask\napp = Flask('stripe')\n\n@app.errorhandler(404)\ndef lost(error):\n    return 'where?', 404\n"
    )
    found = verdicts(project, "processor-error-unhandled", service__py=SERVICE, views__py=VIEW, app__py=other)
    assert found == [(Verdict.VIOLATED, Confidence.MEDIUM)]


def test_a_decorator_of_another_module_counts(project: pathlib.Path) -> None:
    guard = (
        "def answered(view):\n    def inner(request):\n        try:\n            return view(request)\n"
        "        except Exception:\n            return None\n    return inner\n"
    )
    view = VIEW.replace("def page", "@answered\ndef page").replace("import refund", "import refund\nfrom errors import answered")
    assert verdicts(project, "processor-error-unhandled", service__py=SERVICE, views__py=view, errors__py=guard) == CAUGHT


@pytest.mark.parametrize(
    ("caller", "leaves"),
    [
        (
            "from celery import shared_task\nfrom service import refund\n\n"
            "@shared_task\ndef job(charge):\n    refund(charge)  # stripe\n",
            "job",
        ),
        (
            "from django.core.management.base import BaseCommand\nfrom service import refund\n\nclass Command(BaseCommand):\n"
            "    def handle(self, *args, **options):\n        refund(options['charge'])  # stripe\n",
            "command",
        ),
    ],
    ids=["task", "command"],
)
def test_where_failing_loudly_may_be_meant_the_finding_is_of_low_confidence(
    project: pathlib.Path, caller: str, leaves: str
) -> None:
    (site,) = sites(project, "processor-error-unhandled", service__py=SERVICE, caller__py=caller)
    assert (site.verdict, site.confidence) == (Verdict.VIOLATED, Confidence.LOW)
    assert leaves in site.message


def test_where_no_caller_is_seen_nothing_is_known(project: pathlib.Path) -> None:
    (site,) = sites(project, "processor-error-unhandled", service__py=SERVICE)
    assert (site.verdict, site.reason) == (Verdict.UNKNOWN, "no caller of refund was seen")
    assert site.message == "stripe.Refund.create is called with nothing around it that catches its errors."


def test_a_task_that_is_told_to_try_again_catches(project: pathlib.Path) -> None:
    task = (
        "import stripe\nfrom celery import shared_task\nfrom service import refund\n\n"
        "@shared_task(autoretry_for=(stripe.StripeError,))\ndef job(charge):\n    refund(charge)\n"
    )
    assert verdicts(project, "processor-error-unhandled", service__py=SERVICE, caller__py=task) == CAUGHT


def test_one_careless_caller_is_enough(project: pathlib.Path) -> None:
    careful = VIEW.replace("page", "careful").replace(
        "    refund(request.POST['charge'])",
        "    try:\n        refund(request.POST['charge'])\n    except Exception:\n        return None",
    )
    found = verdicts(project, "processor-error-unhandled", service__py=SERVICE, views__py=VIEW, others__py=careful)
    assert found == [(Verdict.VIOLATED, Confidence.MEDIUM)]


SETUP = "import stripe\n\nstripe.api_key = 'read from the environment'\n"


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("stripe==10.5.0\n", (Verdict.VIOLATED, Confidence.HIGH)),
        ("stripe==11.0.0\n", (Verdict.HOLDS, Confidence.HIGH)),
        ("stripe\n", (Verdict.VIOLATED, Confidence.MEDIUM)),
    ],
)
def test_newer_releases_try_again_by_themselves(project: pathlib.Path, pin: str, expected: tuple[Verdict, Confidence]) -> None:
    assert verdicts(project, "network-retries-unset", pay__py=SETUP, requirements__txt=pin) == [expected]


def test_retries_that_another_file_sets_count(project: pathlib.Path) -> None:
    other = "import stripe\n\nstripe.max_network_retries = 2\n"
    assert verdicts(project, "network-retries-unset", pay__py=SETUP, config__py=other) == [(Verdict.HOLDS, Confidence.HIGH)]


@pytest.mark.parametrize(
    ("rule", "code", "reason"),
    [
        (
            "network-retries-unset",
            "import stripe\n\ndef client(**options):\n    return stripe.StripeClient('read elsewhere', **options)\n",
            "the number of retries may be among the arguments passed on",
        ),
        (
            "processor-call-without-timeout",
            "import requests\n\ndef ask(**options):\n    return requests.get('https://api.paystack.co/balance', **options)\n",
            "a timeout may be among the arguments passed on",
        ),
    ],
)
def test_what_may_be_passed_on_is_unknown(project: pathlib.Path, rule: str, code: str, reason: str) -> None:
    (site,) = sites(project, rule, pay__py=code)
    assert (site.verdict, site.reason) == (Verdict.UNKNOWN, reason)


def test_a_project_that_sets_the_key_in_two_files_is_told_once(project: pathlib.Path) -> None:
    (site,) = sites(project, "network-retries-unset", pay__py=SETUP, refund__py=SETUP, requirements__txt="stripe==10.5.0\n")
    assert site.place.path == "pay.py"


@pytest.mark.parametrize(("declared", "reached"), [("", True), (": Factor", False), (": Any", True)])
def test_an_object_of_a_librarys_class_has_none_of_the_programs_methods(
    project: pathlib.Path, declared: str, reached: bool
) -> None:
    service = "import stripe\n\n\nclass Charges:\n    def settled(self, number):\n"
    service += "        stripe.PaymentIntent.capture(number, idempotency_key=number)\n"
    view = "from typing import Any\n\nimport stripe\nfrom flask import Blueprint\nfrom somewhere.factors import Factor\n\n"
    view += f'pages = Blueprint("p", __name__)\n\n\n@pages.post("/p")\ndef page(factor{declared}):\n    factor.settled("pi_1")\n'
    (site,) = sites(project, "processor-error-unhandled", service__py=service, views__py=view)
    assert (site.verdict is Verdict.VIOLATED) is reached
