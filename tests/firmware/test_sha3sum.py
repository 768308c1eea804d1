"""The app sha3sum: its lines on this machine, and over the serial line of the chip."""

import ctypes
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from coprocessors.keccak.model import digest
from firmware.build import APPS_DIR, DRIVERS_DIR
from tests.firmware import sp800_185
from tests.firmware.host import load
from tests.firmware.keccak_family import SOURCES, STAND_IN

_ROOT = Path(__file__).resolve().parents[2]
_APP = APPS_DIR / "sha3sum"
_LINE_BYTES = 1024


@pytest.fixture(scope="module")
def library():
    return load("sha3sum", [_APP / "session.c", _APP / "algorithms.c", DRIVERS_DIR / "status.c",
                            *SOURCES, STAND_IN])


@pytest.fixture
def session(library, capfd):
    """A function that gives the lines that a session prints for some lines of input."""
    def answers(*lines):
        state = ctypes.create_string_buffer(2048)
        library.session_begin(state)
        for line in lines:
            text = line if isinstance(line, bytes) else line.encode()
            library.session_line(state, ctypes.create_string_buffer(text, _LINE_BYTES + 1),
                                 len(text))
        library.session_end(state)
        assert not any(state.raw)
        ctypes.CDLL(None).fflush(None)
        return capfd.readouterr().out.splitlines()
    return answers


def _line(digest, name):
    return f"{digest.hex()}  {name}"


def test_functions_of_texts(session):
    expected = {
        **{f"sha3-{bits}": hashlib.new(f"sha3_{bits}", b"abc").digest()
           for bits in (224, 256, 384, 512)},
        **{f"keccak-{bits}": digest(f"keccak_{bits}", b"abc") for bits in (224, 256, 384, 512)},
        "shake128": hashlib.shake_128(b"abc").digest(32),
        "shake256": hashlib.shake_256(b"abc").digest(64)}
    for name, value in expected.items():
        assert session(f"-a {name}", "abc") == [_line(value, name)]
    assert session("abc") == [_line(expected["sha3-256"], "sha3-256")]


@pytest.mark.parametrize("strength", [128, 256])
def test_functions_with_more_arguments(session, strength):
    custom, key, size = b"My text", bytes(range(40)), 33
    start = [f"-c {custom.decode()}", f"-k {key.hex()}", "-b 2"]

    def check(name, expected, *lines):
        full_name = f"{name}{strength}"
        assert session(*start, f"-a {full_name} {size}", *lines) == [_line(expected, full_name)]
    check("cshake", sp800_185.cshake(strength, b"abc", size, b"", custom), "abc")
    check("kt", sp800_185.kangaroo_twelve(strength, b"abc", size, custom), "-t abc")
    for xof in (False, True):
        suffix = "xof" if xof else ""
        check(f"kmac{suffix}", sp800_185.kmac(strength, key, b"abc", size, custom, xof=xof),
              "-x 61 6263")
        check(f"tuplehash{suffix}", sp800_185.tuple_hash(
            strength, [b"a", b"bc"], size, custom, xof=xof), "-x 61  6263 ")
        check(f"parallelhash{suffix}", sp800_185.parallel_hash(
            strength, b"abc", 2, size, custom, xof=xof), "-x 616263")


def test_turboshake(session):
    from Crypto.Hash import TurboSHAKE128
    expected = TurboSHAKE128.new(domain=0x7E, data=b"abc").read(32)
    assert session("-d 7E", "-a turboshake128", "abc") == [_line(expected, "turboshake128")]


@pytest.mark.parametrize("line, message", [
    ("-t -a", b"-a"), ("-t", b""), ("-x", b""), ("-t  abc ", b" abc "), (" -a", b" -a"),
    ("-x 00Ff", b"\0\xff"), (b"\xc3\xa9\0x", b"\xc3\xa9\0x"), ("-t \0", b"\0"),
    ("x" * 1023, b"x" * 1023),
])
def test_messages(session, line, message):
    assert session(line) == [_line(hashlib.sha3_256(message).digest(), "sha3-256")]


@pytest.mark.parametrize("line, words", [
    ("-q", "must be one of -a -b -c -d -h -k -p -t -x, not '-q'"),
    ("-a", "the function must be one of sha3-256"), ("-a md5", "kt128 kt256, not 'md5'"),
    ("-a sha3-256 31", "a digest of sha3-256 must have 32 bytes"),
    ("-a shake128 0", "a digest must have 1 to 512 bytes"), ("-a shake128 513", "1 to 512"),
    ("-a shake128 x", "1 to 512"), ("-a shake128 99999999999", "1 to 512"),
    ("-x 1", "pairs of hexadecimal digits, not '1'"), ("-x 0g", "not '0g'"),
    ("-x " + "00 " * 33, "32 words or fewer"), ("-k 00 11", "a key must be one word of 256"),
    ("-k " + "00" * 257, "a key must be one word of 256"), ("-k xy", "not 'xy'"),
    ("-c " + "x" * 257, "a customization must have 256 bytes or fewer"),
    ("-d 80", "a domain must be from 01 to 7f, not '80'"), ("-d 00", "01 to 7f"),
    ("-d 1", "01 to 7f"), ("-d 011", "01 to 7f"), ("-d", "01 to 7f"),
    ("-b 0", "a block must have 1 to"), ("-b -1", "a block must have"), ("-p fpga", "not 'fpga'"),
    ("-c foo\0bar", "a command must not have a byte of 0"), ("-k 00\0zz", "a byte of 0"),
    ("-x 61\0", "a byte of 0"), ("-", "not '-';"), ("-\0", "a byte of 0"),
    ("x" * 1024, "a line must have fewer than 1024 bytes"),
])
def test_bad_lines_are_told_and_change_nothing(session, line, words):
    told, *rest = session(line, "abc")
    assert told.startswith("sha3sum: ") and words in told
    assert rest == [_line(hashlib.sha3_256(b"abc").digest(), "sha3-256")]


def test_help_names_all_commands(session):
    lines = session("-h")
    assert {line[:2] for line in lines[1:]} == {f"-{letter}" for letter in "axkcdbp"}


def _on_the_chip(text):
    """(exit code, lines) of the program."""
    with subprocess.Popen(
            [sys.executable, "-m", "gluechip", "run", "sha3sum", "--stdin", "--quiet"], cwd=_ROOT,
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        output, _ = process.communicate(text, timeout=300)
    return process.returncode, output.splitlines()


def test_on_the_chip():
    code, (start, *answers, told) = _on_the_chip("abc\r\n-a kmac128 9\n-k 40\n-x 61\n-x 0\n\n")
    assert start.startswith("sha3sum: each line") and "'0'" in told
    assert answers == [_line(hashlib.sha3_256(b"abc").digest(), "sha3-256"),
                       _line(sp800_185.kmac(128, b"@", b"a", 9), "kmac128")]
    assert code == 0


def test_lines_that_come_too_fast():
    """More than the UART holds while an answer goes out."""
    code, (_, answer, told) = _on_the_chip("-a shake128 512\n-x 00\n" + "abc\n" * 12 + "\n")
    assert (code, answer) == (1, _line(hashlib.shake_128(b"\0").digest(512), "shake128"))
    assert told.endswith("lines were lost that came faster than they were answered: send fewer at "
                         "once")
