"""Names and source lines of addresses, in programs of the compiler that we ship with."""

from pathlib import Path

import pytest

from firmware.build import build_app
from sim.runner.symbols import Symbols
from soc.configuration import preset

_PROGRAMS = Path(__file__).resolve().parent / "programs"


@pytest.fixture(scope="module")
def symbols():
    return Symbols(build_app(_PROGRAMS / "table.c", preset("small")))


def test_spans_of_symbols(symbols):
    address, size = symbols.span("table")
    assert size == 200 and 0x9000_0000 <= address < 0x9000_8000
    with pytest.raises(ValueError, match="Symbol must be one of the program, not 'chair'"):
        symbols.span("chair")


def test_addresses_in_functions_and_variables(symbols):
    main, size = symbols.span("main")
    assert symbols.place(main) == "main"
    assert symbols.place(main + size - 4) == f"main+{size - 4:#x}"
    table, size = symbols.span("table")
    assert symbols.place(table + 4) == "table+0x4"
    assert symbols.place(0x4000_0000) is None


def test_lines_of_addresses(symbols):
    main, _ = symbols.span("main")
    lines = (_PROGRAMS / "table.c").read_text().splitlines()
    first = next(number for number, line in enumerate(lines, 1) if "int main" in line)
    assert symbols.line(main) in [f"table.c:{n}" for n in range(first, len(lines) + 1)]
    assert symbols.describe(main) == f"{main:#010x} (main, {symbols.line(main)})"


def test_nothing_is_said_where_there_is_no_code(symbols):
    assert symbols.holds_code(symbols.span("main")[0])
    for address in (0, 0x4000_0000, symbols.span("table")[0], 0xFFFF_FFFC):
        assert not symbols.holds_code(address)
        assert symbols.line(address) is None
    assert symbols.describe(0) == "0x00000000"
