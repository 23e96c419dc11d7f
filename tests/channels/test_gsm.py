"""The alphabets, PDUs, text mode and error tables of SMS, without a modem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.channels import gsm_alphabet
from agent.channels.gsm import Joining, Pdu, Received, Report, decode, submit
from agent.channels.gsm_alphabet import (
    BASIC,
    EIGHT_BIT,
    EXTENSION,
    GSM_7,
    UCS_2,
    letters,
    pack,
    scheme,
    septets,
    split,
    unpack,
)
from agent.channels.gsm_faults import EQUIPMENT, FOR_GOOD, MESSAGE, refusal
from agent.channels.gsm_text import from_hex, read_text, text_drafts, to_hex
from agent.wording import people
from tests.modem import STAMP_WALL, deliver, opened, report

NUMBER = "+491701234567"
GSM_TEXT = st.text(st.sampled_from("".join(sorted({*BASIC, *EXTENSION} - {"\x1b"}))))
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


# The alphabet


def test_it_is_the_one_that_the_wording_counts_with():
    assert set(BASIC) - {"\x1b"} == people.GSM_7
    assert set(EXTENSION) - {"\f"} == people.GSM_7_TWICE


def test_hello_is_packed_as_in_every_textbook():
    assert pack(septets("hellohello")).hex().upper() == "E8329BFD4697D9EC37"


@given(GSM_TEXT)
def test_what_is_packed_can_be_unpacked(text):
    codes = septets(text)
    for fill in range(7):
        assert letters(unpack(pack(codes, fill), len(codes), fill)) == text


def test_an_unknown_extension_is_read_as_the_basic_letter():
    assert letters(bytes([27, 65, 27, 27, 101, 27])) == "A\x1be"


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("", GSM_7, [0]),
        ("a" * 160, GSM_7, [160]),
        ("a" * 161, GSM_7, [153, 8]),
        ("€" * 80, GSM_7, [80]),
        ("a" + "€" * 80, GSM_7, [77, 4]),
        ("ą" * 70, UCS_2, [70]),
        ("ą" * 71, UCS_2, [67, 4]),
        ("\U0001f600" * 36, UCS_2, [33, 3]),
    ],
)
def test_parts_are_as_long_as_they_may_be_and_cut_no_letter(text, coding, parts):
    assert scheme(text) == coding
    assert [len(part) for part in split(text)] == parts


def test_a_text_beyond_all_parts_is_refused():
    with pytest.raises(ValueError, match="too long"):
        split("a" * (153 * 255 + 1))


# PDUs


def test_a_pdu_as_the_standard_has_it():
    """Byte by byte, by TS 23.040: 31 = SUBMIT with validity and report, 0C91 = 12 digits international."""
    assert submit(NUMBER, "hellohello") == [Pdu("0031000C919471103254760000A70AE8329BFD4697D9EC37", 23)]


def test_an_odd_number_is_filled_up():
    assert "0B916407281553F8" in submit("+46708251358", "x")[0].text


@given(ANY_TEXT, st.integers(0, 255))
def test_what_is_sent_is_what_was_written(text, reference):
    parts = [opened(pdu.text, pdu.length) for pdu in submit(NUMBER, text, reference)]
    assert "".join(part.text for part in parts) == text
    assert all(part.number == NUMBER and part.wants_report for part in parts)
    expected = [(reference, len(parts), place) for place in range(1, len(parts) + 1)]
    assert [part.part for part in parts] == (expected if len(parts) > 1 else [None])


@pytest.mark.parametrize(("text", "coding"), [("1", 0), ("Ich gehe! €", 0), ("2 ż\U0001f600", 8), ("", 0)])
def test_a_message_that_comes_is_read(text, coding):
    pdu, _ = deliver(NUMBER, text, coding=coding)
    assert decode(pdu) == Received(NUMBER, text, STAMP_WALL)


def test_a_message_out_of_a_manual():
    pdu = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
    came = decode(pdu)
    assert (came.number, came.text) == ("+31641600986", "How are you?")


@pytest.mark.parametrize(
    ("coding", "alphabet"),
    [
        (0x00, GSM_7),
        (0x04, EIGHT_BIT),
        (0x18, UCS_2),
        (0xC8, GSM_7),
        (0xE0, UCS_2),
        (0xF1, GSM_7),
        (0xF5, EIGHT_BIT),
    ],
)
def test_alphabets_by_the_data_coding_scheme(coding, alphabet):
    from agent.channels.gsm import alphabet as of

    assert of(coding) == alphabet


def test_a_name_may_be_the_sender():
    sender = bytes([10, 0xD0]) + pack(septets("Phone"))
    pdu = b"\x00\x04" + sender + b"\x00\x00" + bytes.fromhex("62111212400040") + b"\x01" + pack(septets("1"))
    assert decode(pdu.hex()).number == "Phone"


@given(st.permutations([1, 2, 3]), st.sampled_from([0, 8]))
def test_parts_are_joined_in_whatever_order_they_come(order, coding):
    joining, texts = Joining(), {1: "one ", 2: "two ", 3: "three"}
    got = [joining.add(decode(deliver(NUMBER, texts[at], (7, 3, at), coding=coding)[0])) for at in order]
    assert got == [None, None, "one two three"]


def test_parts_that_never_become_whole_are_forgotten():
    joining = Joining()
    for reference in range(100):
        joining.add(Received(NUMBER, "half", 0.0, (reference, 2, 1)))
    assert len(joining._parts) <= 17


def test_a_16_bit_reference_and_other_elements():
    header = bytes([11, 0x24, 1, 3, 0x08, 4, 1, 2, 2, 1, 0x25, 0])
    tpdu = b"\x44" + bytes([2, 0x91, 0x10]) + b"\x00\x08" + bytes.fromhex("62111212400040")
    pdu = b"\x00" + tpdu + bytes([len(header) + 2]) + header + "1".encode("utf-16-be")
    assert decode(pdu.hex()) == Received("+01", "1", STAMP_WALL, (0x0102, 2, 1))


@pytest.mark.parametrize(
    ("status", "delivered", "final"),
    [
        (0, True, True),
        (2, True, True),
        (0x20, False, False),
        (0x30, False, False),
        (0x46, False, True),
        (0x62, False, True),
    ],
)
def test_reports(status, delivered, final):
    came = decode(report(NUMBER, 9, status)[0])
    assert came == Report(9, NUMBER, status)
    assert (came.delivered, came.final) == (delivered, final)
    assert came.why


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(bytes.hex)))
def test_whatever_comes_over_the_air_is_read_or_refused(text):
    try:
        decode(text)
    except ValueError:
        return


@given(st.integers(0, 60), st.integers(0, 255))
def test_a_spoilt_message_is_read_or_refused(place, byte):
    data = bytearray.fromhex(deliver(NUMBER, "a reply", (1, 2, 1))[0])
    data[place % len(data)] = byte
    for end in (len(data), place % len(data)):
        try:
            decode(data[:end].hex())
        except ValueError:
            continue


# Text mode


@given(ANY_TEXT.filter(lambda text: len(text) > 0))
def test_hexadecimal_there_and_back(text):
    assert from_hex(to_hex(text)) == text


def test_text_mode_says_its_alphabet_first():
    (plain,), (other,) = text_drafts(NUMBER, "hello", 0), text_drafts(NUMBER, "żółw", 0)
    assert plain.before == ("AT+CSMP=49,167,0,0",)
    assert other.before == ("AT+CSMP=49,167,0,8",)
    assert plain.command == f'AT+CMGS="{to_hex(NUMBER)}"'
    assert [draft.body for draft in text_drafts(NUMBER, "a" * 200, 0)] == [
        to_hex("a" * 153),
        to_hex("a" * 47),
    ]


@pytest.mark.parametrize("number", [NUMBER, to_hex(NUMBER)])
@pytest.mark.parametrize("before", ["+CMT: ", '+CMGR: "REC UNREAD",', '+CMGL: 3,"REC READ",'])
def test_text_mode_is_read(number, before):
    came = read_text(f'{before}"{number}",,"26/11/21,21:04:00+04"', "0031")
    assert came == Received(NUMBER, "1", STAMP_WALL)


@pytest.mark.parametrize("before", ["+CDS: 6,", '+CMGR: "REC UNREAD",6,', '+CMGL: 1,"REC READ",6,'])
def test_reports_in_text_mode_are_read(before):
    stamp = '"26/11/21,21:04:00+04"'
    assert read_text(f'{before}9,"{NUMBER}",145,{stamp},{stamp},70', "") == Report(9, NUMBER, 70)


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_header_is_read_or_refused(header, body):
    try:
        read_text(header, body)
    except ValueError:
        return


# Errors


@pytest.mark.parametrize(
    ("line", "retry", "words"),
    [
        ("+CMS ERROR: 1", False, "does not exist"),
        ("+CMS ERROR: 42", True, "busy"),
        ("+CMS ERROR: 310", True, "no SIM"),
        ("+CMS ERROR: 331", True, "no network"),
        ("+CMS ERROR: 304", False, "does not understand"),
        ("+CMS ERROR: 777", True, "refused"),
        ("+CME ERROR: 1", True, "refused"),
        ("+CME ERROR: 30", True, "no network"),
        ("ERROR", True, "refused"),
    ],
)
def test_errors_say_what_they_mean_and_whether_to_try_again(line, retry, words):
    fault = refusal(line)
    assert fault.retry is retry
    assert words in fault.why
    assert line in fault.why


def test_the_tables_hold_together():
    assert set(MESSAGE) >= FOR_GOOD
    assert all(words == words.strip() and words for words in (*MESSAGE.values(), *EQUIPMENT.values()))


def test_the_alphabet_has_128_places():
    assert len(gsm_alphabet.BASIC) == 128
    assert len(set(gsm_alphabet.BASIC)) == 128
