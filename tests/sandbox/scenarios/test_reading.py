from __future__ import annotations

import pathlib
import re
from collections.abc import Callable

import pytest

from payproof.documents import DocumentError
from payproof.model import UsageError
from payproof.sandbox.scenarios import load, scenarios
from payproof.sandbox.stripe.schemas import catalogue

Write = Callable[..., pathlib.Path]
TURN = "- application: {does: pay}\n"


def test_a_scenario_that_ships_is_found_by_its_name() -> None:
    found = load("dispute-lost")
    assert (found.name, found.family, found.processor) == ("dispute-lost", "disputes", "stripe")
    assert found.acts() == ("pay",)
    assert found.where(found.steps[1]) == "fixtures/scenarios/dispute-lost.yaml:8"


def test_a_family_is_ready_for_parametrize() -> None:
    names = scenarios("declines")
    assert names == sorted(names) and len(names) >= 9
    assert {load(name).family for name in names} == {"declines"}
    assert set(names) < set(scenarios())


def test_every_family_asks_for_few_acts() -> None:
    """A family is parametrized over by one test, which gives one function per act."""
    families = {load(name).family for name in scenarios()}
    assert families >= {"declines", "authentication", "refunds", "disputes", "retries", "webhooks"}
    for family in families:
        assert len({act for name in scenarios(family) for act in load(name).acts()}) <= 2, family


def test_scenarios_of_one_s_own_are_given_by_path(write: Write) -> None:
    path = write(TURN + "- clock: {days: 1}\n")
    assert scenarios(folder=path.parent) == [str(path)]
    assert load(path) == load(str(path))
    assert load(path).steps[1].content == {"days": 1}


def test_a_scenario_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"there is no scenario 'dispute-lsot'; did you mean 'dispute-lost'\?"):
        load("dispute-lsot")
    with pytest.raises(UsageError, match=r"there is no scenario 'xyzzy'; give the path of its file, or a name that ships"):
        load("xyzzy")


def test_a_family_without_a_scenario_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"there is no scenario of the family 'decline'; did you mean 'declines'\?"):
        scenarios("decline")


def test_the_stories_of_another_processor_are_asked_for_by_its_name() -> None:
    names = scenarios("declines", processor="paypal")
    assert names and {load(name).processor for name in names} == {"paypal"}
    assert {load(name).processor for name in scenarios()} == {"stripe"}
    assert {load(name).processor for name in scenarios(processor="*")} >= {"paypal", "stripe"}
    with pytest.raises(UsageError, match=r"there is no scenario of the processor 'paypall'; did you mean 'paypal'\?"):
        scenarios(processor="paypall")


def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder .*nowhere with scenarios"):
        scenarios(folder=tmp_path / "nowhere")
    with pytest.raises(UsageError, match="there is no scenario"):
        scenarios(folder=tmp_path)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("- costumer: {card: visa}\n" + TURN, r"story\.yaml:7: unknown key 'costumer' in steps\.0; did you mean 'customer'\?"),
        (
            TURN + "- bank: {disputs: general}\n",
            r"story\.yaml:8: unknown key 'disputs' in steps\.1\.bank; did you mean 'disputes'\?",
        ),
        (
            TURN + "- customer: {authenticates: maybe}\n",
            r"story\.yaml:8: 'maybe' is not accepted in steps\.1\.customer\.authenticates",
        ),
        ("- application: {does: pya}\n" + TURN, r"story\.yaml:7: 'pya' is not accepted .*; did you mean 'pay'\?"),
        (TURN + "- expect: {charges: one}\n", r"story\.yaml:8: expected integer in steps\.1\.expect\.charges, got string"),
        (
            TURN + "- network: {faults: [lost-befor]}\n",
            r"story\.yaml:8: there is no fault 'lost-befor'; did you mean 'lost-before'\?",
        ),
        (TURN + "- network: {faults: [ok]}\n", r"story\.yaml:8: a chain of faults holds no fault"),
        (TURN + "- network: {faults: ['500'], to: /v1/refunds}\n", r"story\.yaml:8: '/v1/refunds' matches no request"),
        (TURN + "- expect:\n    requests: [{to: nowhere, times: 1}]\n", r"story\.yaml:8: 'nowhere' matches no request"),
        (
            "- customer: {card: visa}\n- clock: {days: 1}\n",
            r"story\.yaml: the application never has its turn; add an 'application' step",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_by_file_and_line(write: Write, steps: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        load(write(steps))


def test_a_missing_key_is_named(write: Write) -> None:
    path = write(TURN * 2, head="title: A story without a family\nprocessor: stripe\nsource: x y z\nsince: 0.1.0\nsteps:\n")
    with pytest.raises(DocumentError, match=r"story\.yaml:1: the key 'family' is missing"):
        load(path)


def test_every_event_that_ships_is_one_that_the_sdk_knows() -> None:
    known = catalogue().event_types()
    for name in scenarios():
        for step in load(name).steps:
            named = [*step.content.get("events", ()), *step.content.get("no_events", ()), *step.content.get("deliveries", ())]
            for pattern in named if step.actor == "expect" else ():
                assert any(re.fullmatch(pattern.replace(".", r"\.").replace("*", ".*"), event) for event in known), (
                    f"{name}: {pattern}"
                )


def test_every_kind_of_object_that_ships_is_one_that_the_sdk_knows() -> None:
    known = catalogue().object_names()
    for name in scenarios():
        for step in load(name).steps:
            kinds = [kind for key in ("objects", "count", "until") for kind in step.content.get(key, ())]
            assert set(kinds) <= known, name
