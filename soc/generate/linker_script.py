"""Linker scripts for the boot code and for programs."""

from soc.soc_map import BOOT_BYTES, BOOT_RECORD_OFFSET

__all__ = ["linker_script"]


_BOOT = """\
/* Gluechip: linker script of the boot code. Generated from the memory map: do not edit. */
OUTPUT_ARCH(riscv)
ENTRY(_start)

MEMORY
{{
    BOOT (rx) : ORIGIN = {itcm_base:#010x}, LENGTH = {boot_length:#x}
}}

PHDRS
{{
    boot PT_LOAD;
}}

SECTIONS
{{
    .text : {{
        KEEP(*(.text.start))
        *(.text .text.*)
        *(.rodata .rodata.* .srodata .srodata.*)
    }} > BOOT :boot

    /* The boot code owns no data memory but a stack. */
    /DISCARD/ : {{ *(.comment .note* .riscv.attributes .eh_frame*) }}
    ASSERT(SIZEOF(.text) <= {boot_length:#x}, "boot code must end before the boot record")

    PROVIDE(__stack_top = {ram_end:#010x});
}}
"""

_PROGRAM = """\
/* Gluechip: linker script of programs. Generated from the memory map: do not edit.
 *
 * Everything that a program needs before it starts lies in the instruction memory, behind the boot
 * code: code, and the image of constants and variables. Both are used in the data memory, where
 * loads are fast and coprocessors can reach them: start-up code copies __data_size bytes from
 * __data_load to __data_start, and clears __bss_start to __bss_end. So a program can be restarted,
 * and the data memory needs no initial contents. The exception is what a program puts in section
 * .preloaded, such as tables that the instruction memory has no room for: a loader must write that
 * to where it is used, before the program starts. So it must what is in section .external, for
 * external memory, which is only read.
 *
 * The stack lies at the very start of the data memory and grows downwards, so that its overflow is
 * an access fault and not a silent change of some variable.
 */
OUTPUT_ARCH(riscv)
ENTRY(_start)

MEMORY
{{
    ITCM (rx) : ORIGIN = {app_base:#010x}, LENGTH = {app_length:#x}
    RAM (rw) : ORIGIN = {ram_base:#010x}, LENGTH = {ram_length:#x}
    EXTERNAL (r) : ORIGIN = {external_base:#010x}, LENGTH = {external_length:#x}
}}

PHDRS
{{
    code PT_LOAD;
    data PT_LOAD;
    zeros PT_LOAD;
    preloaded PT_LOAD;
    external PT_LOAD;
}}

__stack_bottom = ORIGIN(RAM);
__stack_top = ORIGIN(RAM) + {stack_bytes:#x};

SECTIONS
{{
    .text : {{
        KEEP(*(.text.start))
        *(.text .text.*)
        . = ALIGN(8);
    }} > ITCM :code

    .data __stack_top : ALIGN(8) {{
        __data_start = .;
        *(.rodata .rodata.* .srodata .srodata.*)
        . = ALIGN(8);
        *(.data .data.*)
        . = ALIGN(8);
        PROVIDE(__global_pointer$ = . + 0x800);
        *(.sdata .sdata.*)
        . = ALIGN(8);
        __data_end = .;
    }} > RAM AT > ITCM :data
    __data_load = LOADADDR(.data);
    __data_size = __data_end - __data_start;

    .bss (NOLOAD) : ALIGN(8) {{
        __bss_start = .;
        *(.sbss .sbss.*)
        *(.bss .bss.* COMMON)
        . = ALIGN(8);
        __bss_end = .;
    }} > RAM :zeros

    .preloaded : ALIGN(8) {{
        *(.preloaded .preloaded.*)
    }} > RAM AT > RAM :preloaded

    __heap_start = .;
    __heap_end = ORIGIN(RAM) + LENGTH(RAM);

    .external ORIGIN(EXTERNAL) : {{
        *(.external .external.*)
    }} > EXTERNAL :external

    /DISCARD/ : {{ *(.note* .eh_frame*) }}
}}
"""


def linker_script(memory_map, *, boot=False, stack_bytes=4096):
    """The linker script of programs, or that of the boot code.

    Symbols of programs: ``__data_load``, ``__data_start``, ``__data_end``, ``__data_size``,
    ``__bss_start``, ``__bss_end``, ``__heap_start``, ``__heap_end``, ``__stack_bottom``,
    ``__stack_top``, ``__global_pointer$``. The first instruction is that of section
    ``.text.start``. ``stack_bytes`` is the size of a program's stack, a multiple of 16.
    """
    itcm, ram, external = memory_map.itcm, memory_map.ram, memory_map.external
    return (_BOOT if boot else _PROGRAM).format(
        itcm_base=itcm.base, boot_length=BOOT_RECORD_OFFSET, app_base=itcm.base + BOOT_BYTES,
        app_length=memory_map.program_end - itcm.base - BOOT_BYTES,
        ram_base=ram.base, ram_length=ram.size, ram_end=ram.end,
        external_base=memory_map.EXTERNAL_BASE, external_length=external.size if external else 0,
        stack_bytes=stack_bytes)
