/* Between the drivers of the coprocessors. */
#ifndef GLUECHIP_DRIVERS_COPROCESSOR_H
#define GLUECHIP_DRIVERS_COPROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/hardware.h>

/* The shell's registers lie at the same offsets in all coprocessors; the type of one serves all. */
typedef gluechip_matmul_t shell_t;

_Static_assert(GLUECHIP_MATMUL_CONTROL_OFFSET == GLUECHIP_KECCAK_CONTROL_OFFSET, "control");
_Static_assert(GLUECHIP_MATMUL_WAIT_OFFSET == GLUECHIP_KECCAK_WAIT_OFFSET, "wait");
_Static_assert(GLUECHIP_MATMUL_COMPLETED_OFFSET == GLUECHIP_KECCAK_COMPLETED_OFFSET, "completed");
_Static_assert(GLUECHIP_MATMUL_RECORDS_OFFSET == GLUECHIP_KECCAK_RECORDS_OFFSET, "records");
_Static_assert(GLUECHIP_MATMUL_WINDOW0_BASE_OFFSET == GLUECHIP_KECCAK_WINDOW0_BASE_OFFSET,
               "window0_base");

/* The registers of each coprocessor. */
extern shell_t *const shells[GLUECHIP_COPROCESSORS];

/* Whether it can name a job. */
bool is_ticket(const gluechip_ticket_t *ticket);

/* How the ended job ended. */
gluechip_status_t outcome(const gluechip_ticket_t *ticket);

/* Of a job that has ended, whose record is still there: how it ended, and its busy cycles. */
gluechip_status_t outcome_and_cycles(const gluechip_ticket_t *ticket, uint32_t *busy_cycles);

/* Whether `rows` rows of `row_bytes` bytes, `stride` apart, lie in RAM; or in external memory, if
 * there is one, of which the coprocessor itself knows that it may only be read. */
static inline bool in_memory(const void *address, uint32_t row_bytes, uint32_t rows, uint32_t stride)
{
    const uint32_t offset = (uint32_t)(uintptr_t)address - GLUECHIP_RAM_BASE;
    const uint64_t size = (uint64_t)stride * (rows - 1) + row_bytes;
#ifdef GLUECHIP_EXTERNAL_BASE
    const uint32_t outside = (uint32_t)(uintptr_t)address - GLUECHIP_EXTERNAL_BASE;
    if (outside < GLUECHIP_EXTERNAL_SIZE && size <= GLUECHIP_EXTERNAL_SIZE - outside)
        return true;
#endif
    return offset < GLUECHIP_RAM_SIZE && size <= GLUECHIP_RAM_SIZE - offset;
}

/* Keeps handlers of interrupts from running until release_interrupts() of what it returns: they
 * may write the descriptor registers too. */
static inline uint32_t hold_interrupts(void)
{
    uint32_t before;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before) : : "memory"); /* MIE */
    return before;
}

static inline void release_interrupts(uint32_t before)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(before & 8) : "memory");
}

/* Starts the job in the descriptor registers, after `after` unless that is NULL, and names it in
 * `ticket`. With `overlaps` it may begin before the job in front of it ends. Returns GLUECHIP_OK, _QUEUE_FULL or _DEPENDENCY; on an error nothing was started. */
gluechip_status_t start_job(gluechip_coprocessor_t coprocessor, bool overlaps,
                            const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* What a submit to the CPU backend does first: waits for the job `after`, if any, and makes
 * `ticket`, if any, that of a job that has ended. Returns GLUECHIP_OK or _DEPENDENCY. */
gluechip_status_t begin_on_core(const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* Waits for a job and aborts it when it takes longer than `timeout_cycles`. */
gluechip_status_t finish_job(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

#endif
