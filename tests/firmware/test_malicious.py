"""Firmware on a chip whose matmul array is malicious."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import firmware.build
from firmware.build import DRIVERS_DIR, build_app
from sim.runner import run
from sim.runner.symbols import Symbols
from soc.configuration import preset
from tests.coprocessors.malicious_matmul import malicious_chips
from tests.firmware.chi_square import is_uniform, look_alike
from tests.firmware.host import with_mistake
from tests.firmware.test_programs import check

CHIP = replace(preset("small"), name="malicious", array_rows=2, array_columns=2,
               itcm_bytes=64 * 1024)
_PROGRAMS = Path(__file__).parent / "untrusted"
_LOG_LINE = re.compile(r"(asks) (\w{8}) (\w{8}) (\w{4}) (\w{8})\n|(sees) (\w{16}) (\w)\n")
_WORD_BYTES = 8


def _run(name, **options):
    with malicious_chips():
        return run(build_app(_PROGRAMS / f"{name}.c", CHIP, **options), CHIP, watch=False,
                   max_cycles=5_000_000)


def _check_malicious():
    result = _run("malicious")
    check(_PROGRAMS / "malicious.c", _LOG_LINE.sub("", result.uart_text), result.exit_code)


def test_each_mischief_is_caught():
    _check_malicious()


def _seen(text):
    """What the array saw, by its log: a list of (address, bytes), one for each row it asked for."""
    entries = [[int(field, 16) for field in fields[1:5] if field] if fields[0]
               else int(fields[6], 16).to_bytes(_WORD_BYTES, "little")[:int(fields[7], 16)]
               for fields in _LOG_LINE.findall(text)]
    beats = iter([entry for entry in entries if isinstance(entry, bytes)])
    rows = []
    for address, row_bytes, count, stride in (e for e in entries if isinstance(e, list)):
        for row in range(count):
            content = b"".join(next(beats) for _ in range(-(-row_bytes // _WORD_BYTES)))
            assert len(content) == row_bytes, "a row is as many beats as it has words"
            rows.append((address + row * stride, content))
    assert next(beats, None) is None
    return rows


def _seen_of_a(secret, *, blinded):
    """(Bytes that the array saw of a product's A, or of what hides it; cycles of the program).

    It may see nothing else but B.
    """
    result = _run("spied", defines={"SECRET": secret, "BLINDED": int(blinded)})
    assert result.exit_code == 0, result.exit_code
    symbols = Symbols(result.elf)
    b_start, b_bytes = symbols.span("b")
    start, size = symbols.span("workspace" if blinded else "a")
    pieces = {}
    for address, content in _seen(result.uart_text):
        inside = start <= address and address + len(content) <= start + size
        assert inside or b_start <= address < b_start + b_bytes, f"{address:#x} was read"
        if inside:
            pieces[address] = content
    return b"".join(pieces.values()), result.cycles


def test_the_log_of_a_blinded_product_does_not_depend_on_the_secret():
    """Two A that could hardly differ more. The test itself can fail: it does for plain products."""
    blinded, cycles = zip(*(_seen_of_a(secret, blinded=True) for secret in (0, -127)))
    assert [len(log) for log in blinded] == [4 * 16 * 96] * 2
    assert all(map(is_uniform, blinded)) and look_alike(*blinded)
    assert len(set(cycles)) == 1, f"the time depends on the secret: {cycles}"
    plain, _ = zip(*(_seen_of_a(secret, blinded=False) for secret in (0, -127)))
    assert not any(map(is_uniform, plain)) and not look_alike(*plain)


def _mutant(old, new, *, marks=pytest.mark.long):
    return pytest.param(old, new, marks=marks)


@pytest.mark.parametrize("old, new", [
    # The windows stay open after the end, so that it can write late.
    _mutant("closed = gluechip_guard_close(GLUECHIP_COPROCESSOR_MATMUL);", "closed = GLUECHIP_OK;",
            marks=()),
    # r comes before the end of the job, and so the check.
    _mutant("    status = run_confined(job);\n    if (status == GLUECHIP_OK)\n        status = "
            "gluechip_matmul_verify(job, random, workspace);",
            "    status = gluechip_matmul_submit(backend, job, NULL, NULL);\n"
            "    random->draw(random->context, workspace, 8 * job->n);\n"
            "    if (status == GLUECHIP_OK)\n"
            "        status = gluechip_matmul_verify(job, random, workspace);"),
    # A can be written: then C is right for another A.
    _mutant("open_window(0, a_span(job), GLUECHIP_RIGHTS_READ)",
            "open_window(0, a_span(job), GLUECHIP_RIGHTS_READ_WRITE)"),
    # All can be read.
    _mutant("open_window(1, b_span(job), GLUECHIP_RIGHTS_READ)",
            "open_window(1, (span_t){GLUECHIP_RAM_BASE, GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE}, "
            "GLUECHIP_RIGHTS_READ)"),
    # A wrong result stays.
    _mutant("    if (status != GLUECHIP_OK)\n        forget_result(job);\n    return status;\n}\n",
            "    return status;\n}\n"),
    # Other jobs lose their windows.
    _mutant("GLUECHIP_GET(GLUECHIP_MATMUL->status, MATMUL_STATUS_BUSY) ?", "false ?"),
], ids=range(6))
def test_mutant_is_found(tmp_path, monkeypatch, old, new):
    """With a mistake in a driver some mischief is not caught."""
    sources = firmware.build._runtime_sources()
    drivers = [DRIVERS_DIR / name for name in ("matmul_checked.c", "matmul_confined.c")]
    mistaken = with_mistake(tmp_path, drivers, old, new)
    monkeypatch.setattr(firmware.build, "_runtime_sources", lambda: [
        *(source for source in sources if source not in drivers), *mistaken])
    with pytest.raises(AssertionError):
        _check_malicious()
