"""Links: every token that was not signed here is refused, whatever was changed in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.ulid import ALPHABET
from agent.links import Claim, read, sign

KEY = b"k" * 32
CLAIM = Claim("01JD8Z3V7QK5W9X2M4N6P8R0TA", 3, 0, 1_795_377_871, "Ben Ö.")
ulids = st.builds(
    lambda first, rest: first + rest, st.sampled_from("01234567"), st.text(ALPHABET, min_size=25, max_size=25)
)


@given(ulids, st.integers(0, 2**16 - 1), st.integers(0, 1), st.integers(0, 2**32 - 1), st.text(max_size=20))
def test_what_is_signed_is_read_again(incident_id, seq, turn, expires, name):
    claim = Claim(incident_id, seq, turn, expires, name)
    token = sign(KEY, claim)
    assert len(token) == 52
    assert read(KEY, token, ["Eva", name]) == claim


def test_each_fact_makes_another_token():
    others = [
        replace(CLAIM, seq=4),
        replace(CLAIM, turn=1),
        replace(CLAIM, expires=1),
        replace(CLAIM, name="Ben"),
        replace(CLAIM, incident_id="01JD8Z3V7QK5W9X2M4N6P8R0TB"),
    ]
    assert len({sign(KEY, claim) for claim in (CLAIM, *others)}) == 6


@given(st.integers(0, 51), st.sampled_from("ABCabc019-_"))
def test_a_changed_letter_is_noticed(place, letter):
    token = sign(KEY, CLAIM)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(ValueError, match="link"):
            read(KEY, changed, [CLAIM.name])


@pytest.mark.parametrize("token", ["", "x", "ü" * 52, "A" * 52, "A" * 51, "A" * 10_000, "....", "=" * 52])
def test_another_text_is_no_link(token):
    with pytest.raises(ValueError, match="link"):
        read(KEY, token, ["Ben"])


def test_a_contact_who_was_removed_loses_the_links_and_another_key_knows_none():
    token = sign(KEY, CLAIM)
    for key, names in ((KEY, ["Eva"]), (KEY, []), (b"x" * 32, [CLAIM.name])):
        with pytest.raises(ValueError, match="none of ours"):
            read(key, token, names)


def test_the_name_is_not_in_it():
    assert sign(KEY, replace(CLAIM, name="A" * 400)) != sign(KEY, replace(CLAIM, name="B" * 400))
    assert len(sign(KEY, replace(CLAIM, name="A" * 400))) == 52
