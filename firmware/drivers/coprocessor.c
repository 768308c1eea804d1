#include "coprocessor.h"

#include <stddef.h>

#include <gluechip/status.h>

#define IDLE_CYCLES 100000
#define POLLS_A_LOOK 16 /* of gluechip_wait(), at the time and at errors */

/* Whether the job has been submitted and has not ended. Only few jobs are under way at a time, so
 * that their numbers cannot be mistaken for those of old ones. */
static bool under_way(const shell_t *shell, uint16_t job)
{
    const uint16_t completed = (uint16_t)shell->completed; /* before `submitted`, which is ahead */
    return (uint16_t)(job - completed - 1) < (uint16_t)(shell->submitted - completed);
}

/* Lets the coprocessor go on with its next job if an error has stopped it. */
static void resume(shell_t *shell)
{
    if (GLUECHIP_GET(shell->status, MATMUL_STATUS_STOPPED))
        shell->control = GLUECHIP_MATMUL_CONTROL_ACKNOWLEDGE_MASK;
}

static void resume_all(void)
{
    for (unsigned i = 0; i < GLUECHIP_COPROCESSORS; i++)
        resume(shells[i]);
}

/* Words of the record of the ended job, or NULL when a younger one has it. */
static const volatile uint32_t *record_of(const gluechip_ticket_t *ticket)
{
    const volatile uint32_t *const record =
        shells[ticket->coprocessor]->records + ticket->job % RECORDS * RECORD_WORDS;
    return (uint16_t)record[0] == ticket->job ? record : NULL;
}

static gluechip_status_t status_of_error(unsigned error)
{
    static const int8_t statuses[] = {
        GLUECHIP_OK,           GLUECHIP_ERROR_DESCRIPTOR, GLUECHIP_ERROR_WINDOW,
        GLUECHIP_ERROR_WINDOW, GLUECHIP_ERROR_DEPENDENCY, GLUECHIP_ERROR_ABORTED,
    };
    return error < sizeof(statuses) ? (gluechip_status_t)statuses[error] : GLUECHIP_ERROR_UNKNOWN;
}

gluechip_status_t start_job(gluechip_coprocessor_t coprocessor, bool overlaps,
                            const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    shell_t *const shell = shells[coprocessor];
    uint32_t wait = GLUECHIP_PUT(MATMUL_WAIT_OVERLAP, overlaps);
    if (after != NULL && after->coprocessor != GLUECHIP_COPROCESSOR_NONE) {
        /* Of a job whose record is gone the hardware thinks well, but nobody knows. */
        if (after->coprocessor >= GLUECHIP_COPROCESSORS ||
            (!under_way(shells[after->coprocessor], after->job) && record_of(after) == NULL))
            return GLUECHIP_ERROR_DEPENDENCY;
        wait |= GLUECHIP_PUT(MATMUL_WAIT_ENABLE, 1) |
                GLUECHIP_PUT(MATMUL_WAIT_SOURCE, after->coprocessor) |
                GLUECHIP_PUT(MATMUL_WAIT_JOB, after->job);
    }
    resume(shell);
    shell->wait = wait;
    shell->refused =
        GLUECHIP_MATMUL_REFUSED_QUEUE_FULL_MASK | GLUECHIP_MATMUL_REFUSED_BAD_DEPENDENCY_MASK;
    GLUECHIP_BARRIER();
    shell->control = GLUECHIP_MATMUL_CONTROL_START_MASK;
    const uint32_t refused = shell->refused;
    if (refused != 0)
        return GLUECHIP_GET(refused, MATMUL_REFUSED_QUEUE_FULL) ? GLUECHIP_ERROR_QUEUE_FULL
                                                                : GLUECHIP_ERROR_DEPENDENCY;
    if (ticket != NULL)
        *ticket = (gluechip_ticket_t){coprocessor, (uint16_t)shell->submitted};
    return GLUECHIP_OK;
}

bool is_ticket(const gluechip_ticket_t *ticket)
{
    return ticket != NULL && (ticket->coprocessor < GLUECHIP_COPROCESSORS ||
                              ticket->coprocessor == GLUECHIP_COPROCESSOR_NONE);
}

bool gluechip_ended(const gluechip_ticket_t *ticket)
{
    if (!is_ticket(ticket))
        return false;
    const bool ended = ticket->coprocessor == GLUECHIP_COPROCESSOR_NONE ||
                       !under_way(shells[ticket->coprocessor], ticket->job);
    resume_all();
    return ended;
}

gluechip_status_t outcome(const gluechip_ticket_t *ticket)
{
    GLUECHIP_BARRIER();
    if (ticket->coprocessor == GLUECHIP_COPROCESSOR_NONE)
        return GLUECHIP_OK;
    const volatile uint32_t *const record = record_of(ticket);
    return record == NULL ? GLUECHIP_ERROR_UNKNOWN : status_of_error(record[0] >> 16 & 15);
}

gluechip_status_t outcome_and_cycles(const gluechip_ticket_t *ticket, uint32_t *busy_cycles)
{
    GLUECHIP_BARRIER();
    const volatile uint32_t *const record = record_of(ticket);
    *busy_cycles = record == NULL ? 0 : record[1];
    return record == NULL ? GLUECHIP_ERROR_UNKNOWN : status_of_error(record[0] >> 16 & 15);
}

gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    if (!is_ticket(ticket))
        return GLUECHIP_ERROR_ARGUMENT;
    if (gluechip_ended(ticket))
        return outcome(ticket);
    /* It is under way: one register tells its end. The rest is for now and then. */
    const shell_t *const shell = shells[ticket->coprocessor];
    uint32_t left = timeout_cycles, before = gluechip_cycles(), turn = 0;
    while ((int16_t)(shell->completed - ticket->job) < 0) {
        if (turn++ % POLLS_A_LOOK != 0)
            continue;
        const uint32_t now = gluechip_cycles();
        if (now - before >= left && turn > 1)
            return GLUECHIP_ERROR_TIMEOUT;
        left -= now - before < left ? now - before : left;
        before = now;
        resume_all();
    }
    return outcome(ticket);
}

gluechip_status_t begin_on_core(const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    if (after != NULL && gluechip_wait(after, GLUECHIP_WAIT_DEFAULT_CYCLES) != GLUECHIP_OK)
        return GLUECHIP_ERROR_DEPENDENCY;
    if (ticket != NULL)
        *ticket = (gluechip_ticket_t){GLUECHIP_COPROCESSOR_NONE, 0};
    return GLUECHIP_OK;
}

gluechip_status_t finish_job(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    gluechip_status_t status = gluechip_wait(ticket, timeout_cycles);
    if (status != GLUECHIP_ERROR_TIMEOUT)
        return status;
    /* It may have waited for the jobs in front of it, whose time is their own. */
    const gluechip_ticket_t older = {ticket->coprocessor, (uint16_t)(ticket->job - 1)};
    if (gluechip_wait(&older, GLUECHIP_WAIT_DEFAULT_CYCLES) != GLUECHIP_ERROR_TIMEOUT)
        status = gluechip_wait(ticket, timeout_cycles);
    if (status == GLUECHIP_ERROR_TIMEOUT)
        gluechip_abort(ticket->coprocessor);
    return status;
}

waiter_t *innermost_waiters[GLUECHIP_COPROCESSORS];

gluechip_status_t finish_waiting(const waiter_t *self, uint32_t timeout_cycles)
{
    const gluechip_status_t status = finish_job(&self->ticket, timeout_cycles);
    GLUECHIP_BARRIER(); /* handlers write the waiter */
    return status == GLUECHIP_ERROR_UNKNOWN && self->noted ? (gluechip_status_t)self->status
                                                           : status;
}

void note_outcomes(waiter_t *waiter)
{
    for (; waiter != NULL && !waiter->noted; waiter = waiter->outer) {
        waiter->status = (int8_t)outcome(&waiter->ticket);
        waiter->noted = true;
    }
}

gluechip_status_t gluechip_job_record(const gluechip_ticket_t *ticket,
                                      gluechip_job_record_t *record)
{
    *record = (gluechip_job_record_t){0};
    if (!is_ticket(ticket))
        return GLUECHIP_ERROR_ARGUMENT;
    if (ticket->coprocessor == GLUECHIP_COPROCESSOR_NONE)
        return GLUECHIP_OK;
    if (!gluechip_ended(ticket))
        return GLUECHIP_ERROR_UNKNOWN;
    const volatile uint32_t *const words = record_of(ticket);
    if (words == NULL)
        return GLUECHIP_ERROR_UNKNOWN;
    *record = (gluechip_job_record_t){words[1], words[2], words[3], words[4], words[5]};
    return GLUECHIP_OK;
}

static gluechip_status_t command(gluechip_coprocessor_t coprocessor, uint32_t what)
{
    if (coprocessor >= GLUECHIP_COPROCESSORS)
        return GLUECHIP_ERROR_ARGUMENT;
    shell_t *const shell = shells[coprocessor];
    const uint32_t active = GLUECHIP_MATMUL_STATUS_BUSY_MASK | GLUECHIP_MATMUL_STATUS_ZEROIZING_MASK;
    shell->control = what;
    for (const uint32_t start = gluechip_cycles(); (shell->status & active) != 0;)
        if (gluechip_cycles() - start >= IDLE_CYCLES)
            return GLUECHIP_ERROR_TIMEOUT;
    shell->control = GLUECHIP_MATMUL_CONTROL_ACKNOWLEDGE_MASK;
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_abort(gluechip_coprocessor_t coprocessor)
{
    return command(coprocessor, GLUECHIP_MATMUL_CONTROL_ABORT_MASK);
}

gluechip_status_t gluechip_zeroize(gluechip_coprocessor_t coprocessor)
{
    return command(coprocessor, GLUECHIP_MATMUL_CONTROL_ZEROIZE_MASK);
}

/* Base, end and rights of a window. */
static volatile uint32_t *window_registers(gluechip_coprocessor_t coprocessor, unsigned window)
{
    const uint32_t stride =
        GLUECHIP_MATMUL_WINDOW1_BASE_OFFSET - GLUECHIP_MATMUL_WINDOW0_BASE_OFFSET;
    return (volatile uint32_t *)((uintptr_t)&shells[coprocessor]->window0_base + window * stride);
}

gluechip_status_t gluechip_guard_set(gluechip_coprocessor_t coprocessor, unsigned window,
                                     uint32_t base, uint32_t end, gluechip_rights_t rights,
                                     bool lock)
{
    if (coprocessor >= GLUECHIP_COPROCESSORS || window >= GLUECHIP_GUARD_WINDOWS || base > end ||
        ((base | end) & 7) != 0 || (unsigned)rights > GLUECHIP_RIGHTS_READ_WRITE)
        return GLUECHIP_ERROR_ARGUMENT;
    volatile uint32_t *const registers = window_registers(coprocessor, window);
    const uint32_t lock_mask = GLUECHIP_MATMUL_WINDOW0_RIGHTS_LOCK_MASK;
    if (registers[2] & lock_mask)
        return GLUECHIP_ERROR_WINDOW;
    registers[2] = 0; /* closed while the bounds change */
    registers[0] = base;
    registers[1] = end;
    registers[2] = (uint32_t)rights | (lock ? lock_mask : 0);
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_guard_close(gluechip_coprocessor_t coprocessor)
{
    if (coprocessor >= GLUECHIP_COPROCESSORS)
        return GLUECHIP_ERROR_ARGUMENT;
    for (unsigned window = 0; window < GLUECHIP_GUARD_WINDOWS; window++)
        window_registers(coprocessor, window)[2] = 0;
    /* An access that the guard has let through waits for at most one turn of each other requester;
     * every read here takes longer than a turn. */
    uint32_t rights = 0;
    for (unsigned window = 0; window < GLUECHIP_GUARD_WINDOWS; window++)
        rights |= window_registers(coprocessor, window)[2];
    return (rights & (GLUECHIP_MATMUL_WINDOW0_RIGHTS_READ_MASK |
                      GLUECHIP_MATMUL_WINDOW0_RIGHTS_WRITE_MASK)) == 0
               ? GLUECHIP_OK
               : GLUECHIP_ERROR_WINDOW;
}

gluechip_status_t gluechip_coprocessor_check(gluechip_coprocessor_t coprocessor)
{
    static const uint32_t ids[GLUECHIP_COPROCESSORS] = {
        GLUECHIP_PUT(MATMUL_ID_KIND, GLUECHIP_MATMUL_ID_KIND_RESET) |
            GLUECHIP_PUT(MATMUL_ID_VERSION, GLUECHIP_MATMUL_ID_VERSION_RESET),
        GLUECHIP_PUT(KECCAK_ID_KIND, GLUECHIP_KECCAK_ID_KIND_RESET) |
            GLUECHIP_PUT(KECCAK_ID_VERSION, GLUECHIP_KECCAK_ID_VERSION_RESET),
    };
    if (coprocessor >= GLUECHIP_COPROCESSORS)
        return GLUECHIP_ERROR_ARGUMENT;
    return shells[coprocessor]->id == ids[coprocessor] ? GLUECHIP_OK : GLUECHIP_ERROR_VERSION;
}
