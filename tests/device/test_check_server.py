"""The check protocol's server, built for this CPU: frames, repeats, noise, refusals, and runs that are given up."""

from __future__ import annotations

import random
import struct
import subprocess
import zlib

import pytest
from oracles.check_board import FIRST, SECOND, toy_sum

SUM = toy_sum(FIRST, SECOND)


@pytest.fixture
def program(toy_firmware):
    return toy_firmware


class Talk:
    """The least host there is: it asks, reads a line, and checks nothing twice."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(5)

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        assert line[:1] == b"~", line
        data = bytes.fromhex(line[1:].decode())
        assert zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
        return data[0], chr(data[1]), data[2:-4]

    def ask(self, sequence, kind, payload=b""):
        self.send(frame(sequence, kind, payload))
        answered, kind, payload = self.answer()
        assert answered == sequence
        return kind, payload

    def fill(self, sequence):
        for index, offset, data in ((0, 0, FIRST[:64]), (0, 64, FIRST[64:]), (1, 0, SECOND)):
            assert self.ask(sequence, "F", struct.pack("<HI", index, offset) + data) == ("d", b"")
            sequence += 1
        return sequence


def frame(sequence, kind, payload=b""):
    data = bytes([sequence, ord(kind)]) + payload
    return b"~" + (data + zlib.crc32(data).to_bytes(4, "little")).hex().encode() + b"\n"


RUN = struct.pack("<BI", 0, zlib.crc32(SECOND, zlib.crc32(FIRST)))
SEEN = b"\x01" + RUN[1:]


@pytest.fixture
def talk(program):
    talk = Talk(program)
    yield talk
    assert talk.close() == 0


def test_tells_what_it_is(talk):
    assert talk.ask(0, "I", b"\0") == ("i", b"toy")
    assert talk.ask(1, "I", b"\1") == ("i", b"0123456789abcdef")
    _, numbers = talk.ask(2, "I", b"\2")
    assert struct.unpack("<4i", numbers) == (1, 2, 2, 1)
    sizes = [talk.ask(3 + item, "I", bytes([3 + item]))[1] for item in range(4)]
    assert [int.from_bytes(size, "little") for size in sizes] == [100, 3, 70, 2]
    assert talk.ask(9, "I", b"\7") == ("x", b"\2")


def test_shows_operators_and_outputs_piece_by_piece(talk):
    sequence = talk.fill(0)
    pieces = [talk.ask(sequence, "R", SEEN)]
    while pieces[-1][0] != "e":
        sequence += 1
        pieces.append(talk.ask(sequence, "N"))
    at = [(kind, *struct.unpack("<HI", payload[:6]), payload[6:]) for kind, payload in pieces[:-1]]
    assert at == [
        ("o", 7, 0, SUM[:1]),
        ("o", 7, 1, SUM[1:65]),
        ("o", 7, 65, SUM[65:]),
        ("o", 258, 0, b"\x01\xa5"),
        ("y", 0, 0, SUM[:64]),
        ("y", 0, 64, SUM[64:]),
        ("y", 1, 0, b"\x01\xa5"),
    ]
    assert pieces[-1][1] == zlib.crc32(b"\x01\xa5", zlib.crc32(SUM)).to_bytes(4, "little")


def outputs(talk, sequence):
    pieces = [talk.ask(sequence, "R", RUN)]
    while pieces[-1][0] == "y":
        sequence += 1
        pieces.append(talk.ask(sequence, "N"))
    assert pieces[-1][0] == "e"
    return b"".join(payload[6:] for _, payload in pieces[:-1])


def test_a_repeated_request_changes_nothing(talk):
    """Twice asked, once run: the counter in the last output is the state."""
    sequence = talk.fill(250)
    for _ in range(3):
        kind, payload = talk.ask(sequence % 256, "R", RUN)
        assert (kind, payload[6:]) == ("y", SUM[:64])
    for _ in range(2):
        assert talk.ask(255, "N")[1][6:] == SUM[64:]
    assert talk.ask(0, "N")[1][6:] == b"\x01\xa5"
    for _ in range(2):
        assert talk.ask(1, "N")[0] == "e"
    talk.fill(2)
    assert outputs(talk, 5) == SUM + b"\x02\xa5"
    assert talk.ask(20, "Z") == ("d", b"")
    talk.fill(21)
    assert outputs(talk, 24) == SUM + b"\x01\xa5"


def test_inputs_that_a_run_spoiled_are_not_run_again(talk):
    sequence = talk.fill(0)
    assert outputs(talk, sequence) == SUM + b"\x01\xa5"
    assert talk.ask(30, "R", RUN) == ("x", b"\3")


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff\x00garbage\n\r\n",
        frame(9, "Z")[:-4],
        frame(9, "Z")[:7],
        frame(9, "Z").replace(b"\n", b"0\n"),
        frame(9, "Z")[:3] + b"0" + frame(9, "Z")[4:],
        frame(9, "Z").upper(),
        b"~" * 300,
        b"~" + b"00" * 4000 + b"\n",
        b"~\n~00\n~0000000000\n",
        random.Random(0).randbytes(3000).replace(b"~", b"."),
    ],
    ids=["text", "cut", "short", "longer", "flipped", "upper", "starts", "endless", "empty", "random"],
)
def test_noise_is_passed_over(talk, noise):
    talk.send(noise)
    assert talk.ask(9, "I", b"\0") == ("i", b"toy")


def test_carriage_returns_are_passed_over(talk):
    talk.send(frame(3, "Z").replace(b"\n", b"\r\n"))
    assert talk.answer() == (3, "d", b"")


@pytest.mark.parametrize(
    ("kind", "payload", "why"),
    [
        ("Q", b"", 1),
        ("N", b"", 1),
        ("I", b"", 2),
        ("I", b"\x00\x00", 2),
        ("F", b"\0\0\0", 2),
        ("F", struct.pack("<HI", 2, 0) + b"a", 2),
        ("F", struct.pack("<HI", 1, 3) + b"a", 2),
        ("F", struct.pack("<HI", 1, 0xFFFFFFFF) + b"a", 2),
        ("F", struct.pack("<HI", 1, 0) + b"abcd", 2),
        ("R", b"\0\0\0\0", 2),
        ("R", b"\0\1\2\3\4", 3),
    ],
)
def test_refuses(talk, kind, payload, why):
    assert talk.ask(0, kind, payload) == ("x", bytes([why]))


def test_another_request_gives_a_run_up(talk):
    sequence = talk.fill(0)
    assert talk.ask(sequence, "R", SEEN)[0] == "o"
    assert talk.ask(77, "I", b"\0") == ("i", b"toy")
    assert talk.ask(78, "N") == ("x", b"\1")
    talk.fill(80)
    assert outputs(talk, 83) == SUM + b"\x02\xa5"


def test_a_port_that_closes_ends_a_run(program):
    talk = Talk(program)
    sequence = talk.fill(0)
    assert talk.ask(sequence, "R", SEEN)[0] == "o"
    assert talk.close() == 0
