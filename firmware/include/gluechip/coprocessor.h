/* What all coprocessors share: jobs, their tickets, chaining, guard windows, records.
 *
 * A coprocessor stops when a job fails. Every gluechip_wait() and gluechip_ended(), of whatever
 * job, lets all coprocessors that have stopped go on, and every submit its own, so that a failed job
 * holds up nobody but those that name it as `after`, which end with GLUECHIP_ERROR_DEPENDENCY, and those that name
 * them. Its error stays with its ticket until four younger jobs of its coprocessor have ended;
 * until then a job that waits for it must have come to the head of its queue too.
 */
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

/* Names one submitted job, until 65,530 younger ones of its coprocessor have been submitted. */
typedef struct {
    gluechip_coprocessor_t coprocessor;
    uint16_t job; /* counts from 1 and wraps */
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

/* Waits until the job has ended.
 *
 * Returns GLUECHIP_OK or the error of the job; _TIMEOUT after about `timeout_cycles`, the job going on;
 * _UNKNOWN when four or more younger jobs have ended since, or at once for a job that was never
 * submitted; _ARGUMENT for no ticket or an unknown coprocessor.
 */
gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

/* As gluechip_wait(), but the core sleeps until an interrupt. Handlers run as ever, when interrupts
 * are enabled; else an interrupt of the program's own that stays pending keeps the core awake. The
 * timer, mie and the events of the coprocessors are as before on return. */
gluechip_status_t gluechip_wait_sleeping(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

/* What raises the interrupt of a coprocessor (GLUECHIP_INTERRUPT_MATMUL, _KECCAK). */
#define GLUECHIP_EVENT_DONE 1u  /* a job has ended well */
#define GLUECHIP_EVENT_ERROR 2u /* a job has ended with an error */

/* Chooses the events that raise the interrupt, 0 for none. Returns GLUECHIP_OK, or _ARGUMENT for an
 * unknown coprocessor or event. */
gluechip_status_t gluechip_job_events_enable_interrupt(gluechip_coprocessor_t coprocessor,
                                                       unsigned events);

/* The events since the last call, which clears them and so ends the interrupt; 0 for an unknown
 * coprocessor. */
unsigned gluechip_job_events(gluechip_coprocessor_t coprocessor);

/* Whether the job has ended, well or not, or was never submitted. No wait. False for no ticket or
 * an unknown coprocessor. */
bool gluechip_ended(const gluechip_ticket_t *ticket);

/* Copies the counters of an ended job; those of a job of the CPU backend are all 0. Returns
 * GLUECHIP_OK; _UNKNOWN when the job has not ended or its record has been reused; _ARGUMENT for no
 * ticket or an unknown coprocessor; on an error `record` is zeroed. */
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
 * whole of RAM, and window 1 for reads of external memory, if there is one. `lock` keeps the window until reset. Takes effect at once, also for the job under
 * way. Returns GLUECHIP_OK, or _ARGUMENT for an unknown coprocessor, window or right, or bounds
 * that are no multiples of 8 or in the wrong order; a locked window stays as it is, which gives _WINDOW.
 */
gluechip_status_t gluechip_guard_set(gluechip_coprocessor_t coprocessor, unsigned window,
                                     uint32_t base, uint32_t end, gluechip_rights_t rights,
                                     bool lock);

/* Closes all windows. On return the last access that the guard has let through has reached memory:
 * what the coprocessor has written is final. Returns GLUECHIP_OK; _ARGUMENT for an unknown
 * coprocessor; _WINDOW where a locked window stays open. */
gluechip_status_t gluechip_guard_close(gluechip_coprocessor_t coprocessor);

/* Compares the ID of the coprocessor with the one this driver is for.
 * Returns GLUECHIP_OK, _VERSION or _ARGUMENT. */
gluechip_status_t gluechip_coprocessor_check(gluechip_coprocessor_t coprocessor);

#endif
