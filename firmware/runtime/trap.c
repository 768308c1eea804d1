/* What happens at a trap: interrupts go to their handlers, all else ends the program with a report.
 */
#include <stddef.h>
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>
#include <gluechip/system.h>

#define INTERRUPT_FLAG 0x80000000u
#define MSTATUS_MIE 8u
#define CAUSES 32

/* As trap.S lays it out. */
typedef struct {
    uint32_t mepc;
    uint32_t registers[31]; /* x1 to x31 */
    uint32_t mcause;
    uint32_t mtval;
    uint32_t mstatus;
    uint32_t unused;
} gluechip_trap_frame_t;

_Static_assert(sizeof(gluechip_trap_frame_t) == 144, "FRAME_BYTES of trap.S");

static gluechip_interrupt_handler_t *handlers[CAUSES];

gluechip_status_t gluechip_interrupt_handle(unsigned cause, gluechip_interrupt_handler_t *handler)
{
    if (cause >= CAUSES)
        return GLUECHIP_ERROR_ARGUMENT;
    handlers[cause] = handler;
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_interrupt_enable(unsigned cause, bool enable)
{
    if (cause >= CAUSES)
        return GLUECHIP_ERROR_ARGUMENT;
    if (enable)
        GLUECHIP_CSR_SET(mie, 1u << cause);
    else
        GLUECHIP_CSR_CLEAR(mie, 1u << cause);
    return GLUECHIP_OK;
}

bool gluechip_interrupts_enable(bool enable)
{
    const uint32_t before = GLUECHIP_CSR_READ(mstatus);
    if (enable)
        GLUECHIP_CSR_SET(mstatus, MSTATUS_MIE);
    else
        GLUECHIP_CSR_CLEAR(mstatus, MSTATUS_MIE);
    return (before & MSTATUS_MIE) != 0;
}

/* Source: RISC-V Privileged 1.13 3.1.15. */
static const char *cause_name(uint32_t mcause)
{
    static const char *const names[] = {
        "instruction address misaligned", "instruction access fault", "illegal instruction",
        "breakpoint", "load address misaligned", "load access fault", "store address misaligned",
        "store access fault", "environment call from user mode", NULL, NULL,
        "environment call from machine mode",
    };
    if (mcause & INTERRUPT_FLAG)
        return "interrupt without a handler";
    const char *const name = mcause < sizeof(names) / sizeof(names[0]) ? names[mcause] : NULL;
    return name != NULL ? name : "unknown exception";
}

static void explain(const gluechip_trap_frame_t *frame)
{
    extern const char __stack_bottom[];
    const uint32_t bottom = (uint32_t)(uintptr_t)__stack_bottom;
    const uint32_t sp = frame->registers[1];
    const bool is_data = frame->mcause == 5 || frame->mcause == 7;
    if (is_data && sp < bottom)
        puts("The stack has overflowed: give it more with --stack-bytes.");
    else if (is_data && frame->mtval < 4096)
        puts("The address is that of a null pointer.");
    else if (frame->mcause == 1)
        puts("No code can be run from there.");
}

static __attribute__((cold)) _Noreturn void report(const gluechip_trap_frame_t *frame)
{
    static const char names[31][4] = {
        "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",
        "t6",
    };
    static bool reporting;
    if (!reporting) { /* a crash within the report would go on for ever */
        reporting = true;
        printf("\n*** crash: %s\n", cause_name(frame->mcause));
        explain(frame);
        printf("mcause 0x%08x  mepc 0x%08x  mtval 0x%08x  mstatus 0x%08x\n",
               (unsigned)frame->mcause, (unsigned)frame->mepc, (unsigned)frame->mtval,
               (unsigned)frame->mstatus);
        for (int i = 0; i < 31; i++)
            printf("%4s 0x%08x%s", names[i], (unsigned)frame->registers[i],
                   i % 4 == 3 || i == 30 ? "\n" : "");
    }
    gluechip_exit((frame->mcause & INTERRUPT_FLAG ? GLUECHIP_EXIT_INTERRUPT
                                                  : GLUECHIP_EXIT_EXCEPTION) +
                  (int)(frame->mcause & (CAUSES - 1)));
}

void gluechip_trap(const gluechip_trap_frame_t *frame)
{
    const uint32_t cause = frame->mcause & ~INTERRUPT_FLAG;
    if ((frame->mcause & INTERRUPT_FLAG) && cause < CAUSES && handlers[cause] != NULL)
        handlers[cause]();
    else
        report(frame);
}
