"""The shared vocabulary: every processor has the same verbs, the same parts in scenarios, the same ways to be used."""

from __future__ import annotations

import inspect

import pytest
from terms import EVERY, FOLDER, Terms

import payproof.sandbox
from payproof.sandbox import ProcessorSandbox, SandboxError
from payproof.sandbox.core import roles
from payproof.sandbox.core.sandbox import Sandbox
from payproof.sandbox.core.vocabulary import VERBS, has_verb
from payproof.sandbox.processors import sandbox_class
from payproof.sandbox.scenarios import load, scenarios
from payproof.sandbox.scenarios.words import check_words

NEEDED = ("complete_checkout", "dispute", "win", "lose", "escalate", "fail_refund", "settle", "refuse_key")
ASKED = ("charges_for", "object", "money")


def test_every_processor_keeps_the_contract() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(EVERY)


def test_every_verb_is_a_method_of_the_base_and_documented() -> None:
    named = [verb for group in VERBS.values() for verb in group]
    own = {name for name, member in vars(ProcessorSandbox).items() if inspect.isfunction(member) and name[0] != "_"}
    assert set(named) == own
    assert all(inspect.getdoc(getattr(ProcessorSandbox, verb)) for verb in named)


def test_a_processor_has_the_verbs_that_every_processor_needs(name: str) -> None:
    kind = sandbox_class(name)
    assert [verb for verb in (*NEEDED, *ASKED) if not has_verb(kind, verb)] == []


def test_a_verb_that_a_processor_lacks_says_so() -> None:
    class Bare(ProcessorSandbox):
        pass

    from payproof.sandbox.stripe.processor import StripeProcessor

    box = Bare(StripeProcessor())
    for verb in (verb for group in VERBS.values() for verb in group):
        arguments = ["x"] * (verb not in ("charges_for", "money")) + ["y"] * (verb in ("refuse_key", "next_id"))
        with pytest.raises(SandboxError, match=f"the stripe sandbox has no verb '{verb}'"):
            getattr(box, verb)(*arguments)


def test_the_parts_in_scenarios_are_known(own: Terms) -> None:
    assert set(own.box.processor.roles) <= set(roles.ROLES)
    assert {roles.CAPTURED, roles.OPEN_DISPUTE} <= set(own.box.processor.roles)


def test_twelve_scenarios_at_least_tell_its_stories(own: Terms) -> None:
    names = scenarios(processor=own.name)
    assert len(names) >= 12
    for name in names:
        check_words(own.box, load(name))


def test_it_is_used_as_context_manager_decorator_and_by_its_class_name(name: str) -> None:
    kind = sandbox_class(name)
    assert getattr(payproof.sandbox, kind.__name__) is kind

    @kind()
    def decorated() -> Sandbox:
        return payproof.sandbox.current()

    assert type(decorated()) is kind
    with kind() as box:
        assert payproof.sandbox.current() is box
    with pytest.raises(SandboxError, match="no sandbox is active"):
        payproof.sandbox.current()


def test_the_seed_repeats_ids_and_tells_accounts_apart(name: str) -> None:
    first, same, other = (sandbox_class(name)(seed=seed) for seed in (1, 1, 2))
    assert first.api_key == same.api_key != other.api_key
    assert first.ids.text(12) == same.ids.text(12) != other.ids.text(12)


def test_a_webhook_secret_is_asked_for_after_an_endpoint_is_there(own: Terms) -> None:
    with pytest.raises(SandboxError, match="there is no webhook endpoint"):
        _ = own.box.webhook_secret
    endpoint = own.box.webhooks.endpoint(lambda payload, headers: 200)
    assert own.box.webhook_secret == endpoint.secret


def test_a_refused_key_is_answered_401(own: Terms) -> None:
    own.box.refuse_key(own.box.api_key)
    try:
        own.pay()
    except Exception as error:
        assert not isinstance(error, SandboxError)
    assert 401 in [entry.status for entry in own.box.journal]
    assert own.box.charges_for() == []
