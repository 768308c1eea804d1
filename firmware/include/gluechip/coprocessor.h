/* What all coprocessors share: jobs, their tickets, chaining, guard windows, records. */
#ifndef GLUECHIP_COPROCESSOR_H
#define GLUECHIP_COPROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/status.h>
#include <gluechip_registers.h>

/* GLUECHIP_COPROCESSOR_MATMUL or _KECCAK: the number by which a job names the coprocessor of the
 * job that it waits for. */
typedef uint8_t gluechip_coprocessor_t;

#define GLUECHIP_COPROCESSORS 2
#define GLUECHIP_COPROCESSOR_NONE 0xff /* the core itself: such a job has ended already */

/* Names one submitted job. */
typedef struct {
    gluechip_coprocessor_t coprocessor;
    uint16_t job;        /* counts from 1 and wraps */
} gluechip_ticket_t;

/* What the coprocessor counted during one job. */
typedef struct {
    uint32_t busy_cycles;
    uint32_t stalled_on_input_cycles;
    uint32_t stalled_on_output_cycles;
    uint32_t bytes_read;
    uint32_t bytes_written;
} gluechip_job_record_t;

typedef enum {
    GLUECHIP_RIGHTS_NONE = 0,
    GLUECHIP_RIGHTS_READ = 1,
    GLUECHIP_RIGHTS_WRITE = 2,
    GLUECHIP_RIGHTS_READ_WRITE = 3,
} gluechip_rights_t;

#define GLUECHIP_GUARD_WINDOWS 4

/* Bound for waits that need none of their own. */
#define GLUECHIP_WAIT_DEFAULT_CYCLES 0x40000000u

/* Waits until the job has ended, and acknowledges its error if it has one.
 *
 * Returns GLUECHIP_OK or the error of the job; _TIMEOUT after about `timeout_cycles`, the job going
 * on; _UNKNOWN when four or more younger jobs have ended since; _ARGUMENT for a bad ticket.
 */
gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

/* Whether the job has ended, well or not. No wait. False for a bad ticket. */
bool gluechip_ended(const gluechip_ticket_t *ticket);

/* Copies the counters of an ended job. Returns GLUECHIP_OK, _ARGUMENT, or _UNKNOWN when the job
 * has not ended or its record has been reused; then `record` is zeroed. */
gluechip_status_t gluechip_job_record(const gluechip_ticket_t *ticket,
                                      gluechip_job_record_t *record);

/* Ends the current job with GLUECHIP_ERROR_ABORTED and drops the queued ones likewise.
 * Returns GLUECHIP_OK once the coprocessor is idle, _TIMEOUT after about 100,000 cycles,
 * _ARGUMENT. */
gluechip_status_t gluechip_abort(gluechip_coprocessor_t coprocessor);

/* Aborts as above and clears every state that held data. Returns as gluechip_abort(). */
gluechip_status_t gluechip_zeroize(gluechip_coprocessor_t coprocessor);

/* Sets guard window `window` to the bytes from `base` up to `end`, which is not included; both are
 * multiples of 8.
 *
 * Outside all windows a coprocessor can reach nothing. The start-up code opens window 0 for the
 * whole of RAM. `lock` keeps the window until reset. Takes effect at once, also for the job under
 * way. Returns GLUECHIP_OK, or _ARGUMENT for an unknown coprocessor, window or right, or bounds
 * that are no multiples of 8 or in the wrong order; a locked window stays as it is, which gives _WINDOW.
 */
gluechip_status_t gluechip_guard_set(gluechip_coprocessor_t coprocessor, unsigned window,
                                     uint32_t base, uint32_t end, gluechip_rights_t rights,
                                     bool lock);

/* Compares the ID of the coprocessor with the one this driver is for.
 * Returns GLUECHIP_OK, _VERSION or _ARGUMENT. */
gluechip_status_t gluechip_coprocessor_check(gluechip_coprocessor_t coprocessor);

#endif
