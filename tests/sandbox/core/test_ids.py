from payproof.sandbox.core.ids import Ids


def test_the_same_seed_gives_the_same_ids():
    assert [Ids(3).new("pi") for _ in range(2)] == [Ids(3).new("pi")] * 2
    assert Ids(3).new("pi") != Ids(4).new("pi")


def test_ids_are_distinct_and_well_formed():
    ids = Ids()
    made = [ids.new("pi") for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert all(len(one) == 27 and one.startswith("pi_") and one[3:].isalnum() for one in made)


def test_a_text_never_reads_as_a_number():
    ids = Ids()
    assert all(text[0].isdigit() and text[1].isalpha() for text in (ids.text(14) for _ in range(200)))
    assert len(ids.text(1)) == 1
    assert ids.text(0) == ""


def test_hexadecimal_digits():
    assert set(Ids().hex(400)) == set("0123456789abcdef")
