/* How riscv-arch-test 4 ends a test on the core bench, which has no console and no timer. */
#ifndef GLUECHIP_RVMODEL_MACROS_H
#define GLUECHIP_RVMODEL_MACROS_H

#define STANDARD_SM_SUPPORTED

#define RVMODEL_DATA_SECTION                                    \
    .pushsection .tohost, "aw", @progbits;                      \
    .balign 8; .global tohost; tohost: .dword 0;                \
    .balign 8; .global fromhost; fromhost: .dword 0;            \
    .popsection

#define RVMODEL_HALT_PASS                                       \
    li x1, 1;                                                   \
    la t0, tohost;                                              \
gluechip_passed:                                                \
    sw x1, 0(t0);                                               \
    j gluechip_passed;

#define RVMODEL_HALT_FAIL                                       \
    li x1, 3;                                                   \
    la t0, tohost;                                              \
gluechip_failed:                                                \
    sw x1, 0(t0);                                               \
    j gluechip_failed;

#define RVMODEL_IO_INIT(r1, r2, r3)
#define RVMODEL_IO_WRITE_STR(r1, r2, r3, text)

#define RVMODEL_ACCESS_FAULT_ADDRESS 0x00000000
#define RVMODEL_INTERRUPT_LATENCY 10
#define RVMODEL_TIMER_INT_SOON_DELAY 100

#define RVMODEL_SET_MEXT_INT(r1, r2)
#define RVMODEL_CLR_MEXT_INT(r1, r2)
#define RVMODEL_SET_MSW_INT(r1, r2)
#define RVMODEL_CLR_MSW_INT(r1, r2)
#define RVMODEL_SET_SEXT_INT(r1, r2)
#define RVMODEL_CLR_SEXT_INT(r1, r2)
#define RVMODEL_SET_SSW_INT(r1, r2)
#define RVMODEL_CLR_SSW_INT(r1, r2)

#endif
