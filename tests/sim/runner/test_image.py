"""What the runner puts into the memories."""

import struct

import pytest

from firmware.build import build_app
from sim.runner.image import add_external, load_image
from soc.configuration import preset
from soc.debug.ports import DEBUG_BYTES
from soc.soc_map import BOOT_BYTES, BOOT_RECORD_MAGIC, BOOT_RECORD_OFFSET

_ITCM, _RAM, _EXTERNAL = 0x8000_0000, 0x9000_0000, 0xA000_0000
_BOOT = b"boot"
_RISCV, _ARM = 243, 40


def _elf(path, segments, *, entry=_ITCM + BOOT_BYTES, machine=_RISCV):
    """Writes an ELF file without sections; segments are (virtual, physical, content, bytes)."""
    offset = 52 + 32 * len(segments)
    head = b"\x7fELF\1\1\1" + bytes(9) + struct.pack(
        "<HHIIIIIHHHHHH", 2, machine, 1, entry, 52, 0, 0, 52, 32, len(segments), 0, 0, 0)
    table, contents = b"", b""
    for virtual, physical, content, size in segments:
        table += struct.pack("<IIIIIIII", 1, offset + len(contents), virtual, physical,
                             len(content), size, 7, 4)
        contents += content
    path.write_bytes(head + table + contents)
    return path


def _load(path, *segments, preset_name="small", changes=None, **options):
    return load_image(_elf(path / "program.elf", segments, **options),
                      preset(preset_name, **(changes or {})), _BOOT)


def test_boot_code_record_and_segments_at_their_physical_addresses(tmp_path):
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)
    data = (_RAM, _ITCM + BOOT_BYTES + 4, b"data", 100)
    image = _load(tmp_path, code, data)
    record = struct.pack("<II", BOOT_RECORD_MAGIC, _ITCM + BOOT_BYTES)
    assert image.segments == [
        (_ITCM, _BOOT), (_ITCM + BOOT_RECORD_OFFSET, record),
        (_ITCM + BOOT_BYTES, b"code"), (_ITCM + BOOT_BYTES + 4, b"data")]
    assert image.encode().startswith(struct.pack("<II", _ITCM, 4) + _BOOT)


def test_a_program_that_fills_the_boot_area_runs_from_reset(tmp_path):
    image = _load(tmp_path, (_ITCM, _ITCM, b"code", 4), entry=_ITCM)
    assert image.segments == [(_ITCM, b"code")]
    with pytest.raises(ValueError, match="must leave the boot area below 0x80000400 free"):
        _load(tmp_path, (_ITCM, _ITCM, b"code" * 2, 8), entry=_ITCM + 4)


def test_the_debuggers_words_stay_free(tmp_path):
    end = _ITCM + 64 * 1024 - DEBUG_BYTES
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)
    for virtual, physical in ((end - 4, end - 4), (_RAM, end - 4)):
        _load(tmp_path, code, (virtual, physical, b"data", 4), preset_name="reference")
        with pytest.raises(ValueError, match=f"the debugger's words from {end:#010x} on free"):
            _load(tmp_path, code, (virtual, physical, b"data+", 5), preset_name="reference")
    _load(tmp_path, (*code[:3], 0x7C00))  # the chip small has none


@pytest.mark.parametrize(["address", "size", "message"], [
    (0x1000, 4, "must lie in itcm .* or ram .*, but a segment is at 0x00001000"),
    (0x1000_0000, 4, "but a segment is at 0x10000000"),
    (_ITCM + 0x7FFC, 5, "must fit the 32768 bytes of itcm, but a segment ends 1 bytes behind"),
    (_EXTERNAL, 4, r"at 0xa0000000: external memory would do, --external-bytes$"),
    (_RAM, 0x8001, "must fit the 32768 bytes of ram.*choose a larger preset"),
])
def test_what_does_not_fit_is_rejected(tmp_path, address, size, message):
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)
    with pytest.raises(ValueError, match=message):
        _load(tmp_path, code, (address, address, b"", size))


def test_segments_in_external_memory(tmp_path):
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)
    chip = {"external_bytes": 4096}
    image = _load(tmp_path, code, (_EXTERNAL, _EXTERNAL, b"x" * 4096, 4096), changes=chip)
    assert image.segments[-1] == (_EXTERNAL, b"x" * 4096)
    with pytest.raises(ValueError, match="must fit the 4096 bytes of external"):
        _load(tmp_path, code, (_EXTERNAL, _EXTERNAL, b"", 4097), changes=chip)
    with pytest.raises(ValueError, match="or external .* but a segment is at 0xa0001000$"):
        _load(tmp_path, code, (_EXTERNAL + 4096,) * 2 + (b"", 4), changes=chip)


def test_a_file_for_external_memory(tmp_path):
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)
    chip = {"external_bytes": 4096}
    image, configuration = _load(tmp_path, code, changes=chip), preset("small", **chip)
    assert add_external(image, b"file", configuration).segments == [
        *image.segments, (_EXTERNAL, b"file")]
    for other, size in ((configuration, 4096), (preset("small"), 0)):
        with pytest.raises(ValueError, match=(
                f"must hold the 4097 bytes of its file, not {size}: --external-bytes 8192")):
            add_external(image, bytes(4097), other)
    both = _load(tmp_path, code, (_EXTERNAL, _EXTERNAL, b"x", 1), changes=chip)
    with pytest.raises(ValueError, match="by its file or by the program, not by both"):
        add_external(both, b"file", preset("small", **chip))


def test_the_largest_segments_fit(tmp_path):
    code = (_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 0x8000 - BOOT_BYTES)
    assert _load(tmp_path, code, (_RAM, _RAM, b"x", 0x8000)).segments[-1] == (_RAM, b"x")


def test_the_entry_must_be_where_code_can_run(tmp_path):
    with pytest.raises(ValueError, match="must start in itcm .*, not at 0x90000000"):
        _load(tmp_path, (_RAM, _RAM, b"code", 4), entry=_RAM)
    start = _ITCM + BOOT_BYTES
    for entry, content in ((start, b""), (start + 4, b"code"), (start + 2, b"code")):
        with pytest.raises(ValueError, match=f"an instruction where it starts, at {entry:#x}"):
            _load(tmp_path, (start, start, content, 8), entry=entry)


def test_files_that_are_no_program_for_the_chip(tmp_path):
    with pytest.raises(ValueError, match="32-bit RISC-V, not for EM_ARM of 32 bits"):
        _load(tmp_path, machine=_ARM)
    text = tmp_path / "text"
    text.write_text("no program")
    with pytest.raises(ValueError, match="must be an ELF file"):
        load_image(text, preset("small"), _BOOT)
    with pytest.raises(FileNotFoundError):
        load_image(tmp_path / "nothing", preset("small"), _BOOT)


def test_files_that_are_cut_off(tmp_path):
    short = _elf(tmp_path / "short.elf", [(_ITCM + BOOT_BYTES, _ITCM + BOOT_BYTES, b"code", 4)])
    short.write_bytes(short.read_bytes()[:-1])
    with pytest.raises(ValueError, match="must be an ELF file: it ends after 87 of 88 bytes"):
        load_image(short, preset("small"), _BOOT)
    content = build_app("hello", preset("small")).read_bytes()
    for size in (*range(0, len(content), 977), len(content) - 1):
        short.write_bytes(content[:size])
        with pytest.raises(ValueError, match="short.elf must be an ELF file: .+"):
            load_image(short, preset("small"), _BOOT)
