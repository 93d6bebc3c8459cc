"""A Stripe sandbox whose every answer and event is checked against the installed SDK's types."""

import pytest

from payproof.sandbox import StripeSandbox


@pytest.fixture
def box():
    with StripeSandbox(check_answers=True) as made:
        yield made


@pytest.fixture
def types(box):
    """The types of the events that happened since the last question."""
    seen = 0

    def since():
        nonlocal seen
        new = [event.type for event in box.outbox[seen:]]
        seen = len(box.outbox)
        return new

    return since
