"""The runners of upstream tests, on sources of our own: what applies, and what they notice."""

import pytest

from tests.cpu.upstream import act_tests, arch_tests, riscv_tests
from tests.cpu.upstream.discover import UPSTREAM
from tests.cpu.upstream.image import BuildError, build
from tests.cpu.upstream.machine import UpstreamFailure, run_image, run_model

PROGRAM = """
    .section .text.init
    .globl _start
_start:
    la t0, begin_signature
    li t1, 0x12345678
    sw t1, 0(t0)
    la t0, tohost
    li t1, {word}
    {end}
1:  j 1b
    .data
    .balign 64
    .globl tohost, begin_signature, end_signature
tohost: .dword 0
begin_signature: .fill 2, 4, 0xdeadbeef
end_signature:
"""
SIGNATURE = ("begin_signature", "end_signature")
WORDS = [0x1234_5678, 0xDEAD_BEEF]


def _image(folder, *, word=1, end="sw t1, 0(t0)", **options):
    source = folder / "source.S"
    source.write_text(PROGRAM.format(word=word, end=end))
    return build(source, folder, entry="_start", **options)


@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("word", [1, 5])
def test_run(tmp_path, word, unified):
    image = _image(tmp_path, word=word, unified=unified)
    assert run_image(image, tmp_path, signature=SIGNATURE) == (word, WORDS)


@pytest.mark.parametrize("end, complaint", [
    ("", "not jump to itself"), ("2: wfi; j 2b", "cycles without a retirement")])
def test_a_test_without_end_is_noticed(tmp_path, end, complaint):
    with pytest.raises(AssertionError, match=complaint):
        run_image(_image(tmp_path, end=end), tmp_path)


def test_model(tmp_path):
    assert run_model(_image(tmp_path, word=3), signature=SIGNATURE) == (3, WORDS)
    with pytest.raises(UpstreamFailure, match="must end on the model"):
        run_model(_image(tmp_path, end=""), signature=SIGNATURE)


def test_what_does_not_compile(tmp_path):
    with pytest.raises(BuildError, match="nonsense"):
        _image(tmp_path, end="nonsense")


def test_missing_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("CROSS_COMPILE", "missing-")
    with pytest.raises(BuildError, match="missing-gcc not found: install it, or correct or unset"):
        _image(tmp_path)


@pytest.mark.parametrize("upstream", UPSTREAM, ids=lambda upstream: upstream.fixture)
def test_wrong_path(upstream, tmp_path):
    with pytest.raises(ValueError, match=f"{upstream.option} must be a checkout of .* clone"):
        upstream.find(tmp_path)


@pytest.mark.parametrize("upstream", UPSTREAM, ids=lambda upstream: upstream.fixture)
def test_a_checkout_without_tests(upstream, tmp_path):
    for name in ("isa/rv32ui/x", "isa/macros/scalar/test_macros.h", "env/p/riscv_test.h",
                 "riscv-test-suite/env/arch_test.h"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=f"{upstream.option} must be a checkout with tests"):
        upstream.find(tmp_path)


@pytest.mark.parametrize("cases, defines, reason", [
    (["check ISA:=regex(.*32.*);check ISA:=regex(.*I.*);def TEST_CASE_1=True;"],
     {"TEST_CASE_1": "True"}, None),
    ([" check ISA:=regex(.*I.*Zicsr.*); check ISA:=regex(^[^C]+$); def rvtest_mtrap_routine=True"],
     {"rvtest_mtrap_routine": "True"}, None),
    (["check ISA:=regex(.*I.*C.*); def TEST_CASE_1=True"], {}, r"ISA:=regex\(\.\*I\.\*C\.\*\)"),
    (["check ISA:=regex(.*I.*Zk.*);def A=True", "check ISA:=regex(.*I.*Zbkb.*);def B=True"],
     {"B": "True"}, None),
    (["check ISA:=regex(.*I.*); check hw_data_misaligned_support:=True; def A=True"], {},
     "hw_data_misaligned_support:=True"),
    (["check PMP['implemented']:=True; def A=True"], {}, "PMP"),
    ([], {}, "a case that RVTEST_CASE names")])
def test_selection(cases, defines, reason):
    text = "".join(f'RVTEST_CASE({n},"//{case}",add)\n' for n, case in enumerate(cases))
    selection = arch_tests.select(text)
    assert selection.defines == defines
    if reason is None:
        assert selection.reason is None
    else:
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(selection.reason)


@pytest.mark.parametrize("isa, applies", [
    ("RV32I", True), ("RV32IM,RV64IM", True), ("RV32IC_Zicsr", False), ("RV32IZbb,RV32IC", True),
    ("RV32IAF", False), ("RV32I_Zicsr", True)])
def test_letters_of_the_isa(isa, applies):
    text = f'RVTEST_ISA("{isa}")\nRVTEST_CASE(0,"//check ISA:=regex(.*I.*);def A=True",add)\n'
    assert (arch_tests.select(text).reason is None) == applies


@pytest.mark.parametrize("text, words", [
    ("66666669\nffffffff\n", [0x6666_6669, 0xFFFF_FFFF]),
    ("00000004000000030000000200000001\n", [1, 2, 3, 4])])
def test_reference_signature(tmp_path, text, words):
    source = tmp_path / "src" / "add-01.S"
    assert arch_tests.reference_signature(source) is None
    reference = tmp_path / "references" / "add-01.reference_output"
    reference.parent.mkdir()
    reference.write_text(text)
    assert arch_tests.reference_signature(source) == words


@pytest.mark.parametrize("header, reason", [
    ("# REQUIRED_EXTENSIONS: ['I', 'Sm']\n# params:\n#   NUM_PMP_ENTRIES: '>0'\n", None),
    ("# REQUIRED_EXTENSIONS: [I, Zba]\n", None),
    ("# REQUIRED_EXTENSIONS: ['I', 'C']\n", "it needs C"),
    ("# REQUIRED_EXTENSIONS: ['I', ['F', 'Zfinx']]\n", "it needs F or Zfinx"),
    ("# REQUIRED_EXTENSIONS: ['I', ['F', 'Zbb']]\n", None),
    ("# REQUIRED_EXTENSIONS:\n#   - I\n#   - S\n", "it needs S"),
    ("# REQUIRED_EXTENSIONS: ['I']\n# FORBIDDEN_EXTENSIONS: ['Zba']\n",
     "it is for cores without Zba"),
    ("# REQUIRED_EXTENSIONS: ['I']\n# params:\n#   MXLEN: 64\n", "it is for cores with MXLEN 64"),
    ("# REQUIRED_EXTENSIONS: ['I']\n# params:\n#   NUM_PMP_ENTRIES: '>=64'\n",
     "it is for cores with NUM_PMP_ENTRIES >=64"),
    ("# REQUIRED_EXTENSIONS: ['I']\n# params:\n#   VLEN: 128\n", "it is for cores with VLEN 128")])
def test_header(tmp_path, header, reason):
    source = tmp_path / "test.S"
    source.write_text(f"// x\n##### START_TEST_CONFIG #####\n{header}# MARCH: rv32i\n"
                      "##### END_TEST_CONFIG #####\n# MXLEN: 64\n")
    assert act_tests.not_applicable("rv32i/I/I-add-00", source) == reason


def test_suites_that_need_what_the_bench_has_not(tmp_path):
    source = tmp_path / "test.S"
    source.write_text("START_TEST_CONFIG\n# REQUIRED_EXTENSIONS: ['I']\nEND_TEST_CONFIG\n")
    assert "timer" in act_tests.not_applicable("priv/InterruptsSm/x-00", source)
    assert "in C" in act_tests.not_applicable("priv/Sm/x-00", tmp_path / "x.c")
    source.write_text("RVTEST_RV32S\n")
    assert "supervisor" in riscv_tests.not_applicable("rv32mi/x", source)
    source.write_text("RVTEST_RV32M\n")
    assert riscv_tests.not_applicable("rv32mi/x", source) is None
    assert "triggers" in riscv_tests.not_applicable("rv32mi/breakpoint", source)


ACT_HEADER = """
#include "rvtest_config.h"
#include "dut_environment.h"
#include "rvmodel_macros.h"
#if UDB_MXLEN != 32 || !defined(U_SUPPORTED) || !defined(STANDARD_SM_SUPPORTED)
#error "wrong configuration"
#endif
    .section .text.init
    .globl rvtest_entry_point
rvtest_entry_point:
    la x2, begin_signature
    la x3, rvmodel_halt
    jr x3
    .section .text.rvmodel, "ax", @progbits
rvmodel_halt:
    li x5, VALUE
#ifdef RVTEST_SELFCHECK
    lw x4, 0(x2)
    beq x4, x5, 1f
    RVMODEL_HALT_FAIL
1:
#else
    sw x5, 0(x2)
#endif
    RVMODEL_HALT_PASS
    .data
    .globl begin_signature, end_signature
begin_signature:
#ifdef RVTEST_SELFCHECK
#include SIGNATURE_FILE
#else
    .fill 2, 4, 0xdeadbeef
#endif
end_signature:
    RVMODEL_DATA_SECTION
"""


@pytest.mark.parametrize("change, word", [("", act_tests.PASSED), ("\n#define SELF 8\n", 3)])
def test_version_4_checks_itself_against_the_model(tmp_path, change, word):
    """A checkout with a header of our own. With another value in the second program, it fails."""
    source = tmp_path / "tests" / "rv32i" / "I" / "I-own-00.S"
    results = tmp_path / "results"
    for folder in (source.parent, tmp_path / "tests" / "env", tmp_path / "signature"):
        folder.mkdir(parents=True)
    (tmp_path / "tests" / "env" / "riscv_arch_test.h").write_text(ACT_HEADER)
    source.write_text(f"""{change}
#if defined(RVTEST_SELFCHECK) && defined(SELF)
#define VALUE SELF
#else
#define VALUE 7
#endif
#include "riscv_arch_test.h"
""")
    [(name, found)] = act_tests.find_tests(tmp_path).items()
    assert (name, found) == ("rv32i/I/I-own-00", source)
    image = build(source, tmp_path / "signature", **act_tests.signature_options(name, tmp_path))
    passed, words = run_model(image, signature=SIGNATURE)
    assert (passed, words[0]) == (act_tests.PASSED, 7)
    results.write_text(act_tests.expected_results(words))
    image = build(source, tmp_path, **act_tests.check_options(name, tmp_path, results))
    assert run_image(image, tmp_path)[0] == word


def test_expected_results():
    words = [1, 0x4B8E_2D17, 2, 0x7A11_0FF5, 3, 0xD3A9_1F6C, 4, 5]
    assert act_tests.expected_results(words).split("\n") == [
        ".word 0x00000001", ".word 0x4b8e2d17", "final_sig_offset:", ".word 0x00000002",
        ".word 0x7a110ff5", "final_trap_sig_offset:", ".word 0x00000003", ".word 0xd3a91f6c",
        "trap_sigptr:", ".word 0x00000004", "sig_end_canary:", ".word 0x00000005", ""]
