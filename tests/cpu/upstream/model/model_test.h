/* How riscv-arch-test 2.x and 3.x end a test, and where its signature lies: on the core bench. */
#ifndef GLUECHIP_MODEL_TEST_H
#define GLUECHIP_MODEL_TEST_H

/* The modes, which the macros of 3.x compare by name: GNU as does so without values, clang not. */
    .set M, 3
    .set S, 1
    .set V, 2

#define RVMODEL_BOOT

#define RVMODEL_HALT                                            \
    li x1, 1;                                                   \
    la x2, tohost;                                              \
1:  sw x1, 0(x2);                                               \
    j 1b;

#define RVMODEL_DATA_BEGIN                                      \
    .pushsection .tohost, "aw", @progbits;                      \
    .balign 8; .global tohost; tohost: .dword 0;                \
    .popsection;                                                \
    .balign 16; .global begin_signature; begin_signature:

#define RVMODEL_DATA_END                                        \
    .balign 4; .global end_signature; end_signature:

#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(register, text)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(link, register, value)
#define RVMODEL_IO_ASSERT_SFPR_EQ(link, register, value)
#define RVMODEL_IO_ASSERT_DFPR_EQ(link, register, value)

#define RVMODEL_SET_MSW_INT
#define RVMODEL_CLEAR_MSW_INT
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT

#endif
