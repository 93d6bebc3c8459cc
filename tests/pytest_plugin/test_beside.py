"""The plugin beside others: where processes matter, each inner pytest runs in one of its own, as users run it."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

MARKED = """
@pytest.mark.payproof("idempotency-keys")
@pytest.mark.parametrize("turn", range(4))
def test_pay(stripe_sandbox, turn):
    pay(idempotency_key=f"order-{turn}")
    assert len(stripe_sandbox.journal) == 1


@pytest.mark.payproof("refunds-controlled")
def test_refund(stripe_sandbox):
    raise AssertionError("refunded twice")
"""


def test_beside_xdist_every_worker_writes_its_own_segment(project, summary):
    project.tests(MARKED)
    result = project.run("-n", "2", "--dist", "each", "--payproof-ledger", "proof", subprocess=True)
    result.assert_outcomes(passed=8, failed=2)
    ledger = project.ledger("proof")
    assert (ledger.problems, ledger.segments, len(ledger.evidence)) == ((), 2, 10)
    assert {path.name[:10] for path in (project.root / "proof").glob("*.jsonl")} == {"tests-gw0-", "tests-gw1-"}
    found = summary(result)
    assert found[0] == "for: idempotency-keys (8 tests)"
    assert found[-1].startswith("evidence: 2 segments in proof (revision tree-")
    assert ";" not in found[-1]


def test_beside_xdist_an_unknown_control_is_a_usage_error_too(project, summary):
    project.tests(MARKED.replace("refunds-controlled", "refund-controlled"))
    result = project.run("-n", "1", subprocess=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    expected = "ERROR: test_shop.py::test_refund: unknown control 'refund-controlled' in the payproof marker"
    assert summary(result)[0].startswith(expected)


def test_beside_xdist_a_crash_costs_what_spoke_for_and_not_what_spoke_against(project, summary):
    project.tests(MARKED + "\n\ndef test_crash():\n    import os\n    os._exit(7)\n")
    result = project.run("-n", "1", "--max-worker-restart", "0", subprocess=True)
    ledger = project.ledger()
    assert [piece.stance.value for piece in ledger.evidence] == ["against"]
    assert any("has no seal" in problem for problem in ledger.problems)
    assert result.ret != 0


def test_beside_pytest_cov_and_branch_coverage(project):
    project.pytester.makepyfile(shop="import stripe\n\n\ndef pay():\n    return stripe.Customer.create()\n")
    project.tests(
        """
import shop


@pytest.mark.payproof("idempotency-keys")
def test_pay(stripe_sandbox):
    shop.pay()
"""
    )
    result = project.run("--cov=shop", "--cov-branch", "--cov-report=term", "--cov-context=test", subprocess=True)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["shop.py*100%", "for: idempotency-keys (1 test)"])
    assert not any("was never imported" in line or "already imported" in line for line in [*result.outlines, *result.errlines])


def test_beside_pytest_asyncio_in_both_modes(project):
    project.tests(
        """
@pytest.mark.payproof("idempotency-keys")
{mark}
async def test_pay(stripe_sandbox):
    await stripe.Customer.create_async()
    client = stripe.StripeClient(stripe_sandbox.api_key)
    await getattr(client, "v1", client).customers.create_async()
    assert len(stripe_sandbox.journal) == 2
""".format(mark="@pytest.mark.asyncio")
    )
    for mode in ("strict", "auto"):
        project.run(f"--asyncio-mode={mode}").assert_outcomes(passed=1)
    assert project.said() == [("idempotency-keys", "for", "test_pay")] * 2


def test_beside_pytest_django_with_a_webhook_view_and_a_database(project):
    project.pytester.makepyprojecttoml('[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "settings"\npythonpath = ["."]\n')
    project.pytester.makepyfile(
        settings="""
SECRET_KEY = "only for tests"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
""",
        urls="""
import stripe
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET = {}


@csrf_exempt
def webhook(request):
    try:
        event = stripe.Webhook.construct_event(request.body, request.headers.get("Stripe-Signature", ""), SECRET["now"])
    except (ValueError, stripe.SignatureVerificationError):
        return HttpResponse(status=400)
    User.objects.create(username=event["data"]["object"]["id"])
    return HttpResponse(status=200)


urlpatterns = [path("webhook", webhook)]
""",
    )
    project.tests(
        """
import urls
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from django.test import TestCase


@pytest.mark.payproof("webhook-authenticity")
@pytest.mark.django_db
def test_forged(stripe_sandbox):
    hook = stripe_sandbox.webhooks.endpoint(get_wsgi_application(), events=["customer.created"])
    urls.SECRET["now"] = hook.secret
    customer = stripe.Customer.create()
    assert {sent.status for sent in stripe_sandbox.webhooks.forge(how="all")} == {400}
    assert not User.objects.exists()
    assert stripe_sandbox.webhooks.deliver("customer.created")[0].ok
    assert User.objects.get().username == customer.id


@pytest.mark.payproof("idempotency-keys")
@pytest.mark.usefixtures("stripe_sandbox")
class TestShop(TestCase):
    def test_pay(self):
        pay()
"""
    )
    project.run(subprocess=True).assert_outcomes(passed=2)
    assert project.said() == [("idempotency-keys", "for", "test_pay"), ("webhook-authenticity", "for", "test_forged")]


def test_without_the_plugin_pytest_is_as_it_was(project, summary):
    project.pytester.makepyprojecttoml("")
    project.tests("def test_nothing():\n    pass\n")
    result = project.run("-p", "no:payproof", subprocess=True)
    result.assert_outcomes(passed=1)
    assert summary(result) == []
    project.tests(MARKED)
    project.run("-p", "no:payproof", subprocess=True).assert_outcomes(errors=5, warnings=2)


def test_an_unused_plugin_loads_nothing_but_itself(project):
    project.pytester.makeconftest(
        """
import sys


def pytest_unconfigure(config):
    ours = sorted(name for name in sys.modules if name.split(".")[0] == "payproof")
    heavy = sorted({"click", "jinja2", "jsonschema", "libcst", "stripe", "yaml"}.intersection(sys.modules))
    print("loaded:", ours, heavy)
"""
    )
    project.tests("def test_nothing():\n    pass\n", preface="")
    others = (
        "asyncio",
        "anyio",
        "cov",
        "django",
        "httpx",
        "hypothesispytest",
        "requests_mock",
        "respx",
        "socket",
        "time_machine",
        "xdist",
    )
    result = project.run(*(word for name in others for word in ("-p", f"no:{name}")), subprocess=True)
    result.assert_outcomes(passed=1)
    assert "loaded: ['payproof', 'payproof.pytest_plugin'] []" in result.outlines


def test_a_test_that_passes_only_when_run_again_says_nothing(project, summary):
    """Re-running is what pytest-rerunfailures does; the hook below does it the same way, without that plugin."""
    project.pytester.makeconftest(
        """
import pytest
from _pytest.runner import runtestprotocol


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for _ in range(2):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(report.failed for report in reports):
            break
        item._initrequest()
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""
    )
    project.tests(
        """
TURNS = []


@pytest.mark.payproof("idempotency-keys")
def test_flaky(stripe_sandbox):
    TURNS.append(1)
    pay()
    assert len(TURNS) > 1


@pytest.mark.payproof("idempotency-keys")
def test_failing(stripe_sandbox):
    assert 0
"""
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    assert project.said() == [("idempotency-keys", "against", "test_failing")]
    assert "nothing shown: idempotency-keys: test_shop.py::test_flaky: it passed only when it was run again" in summary(result)
