/* Touches the buffers of a job under way: TOUCH 0 not at all, 1 stores to its source, 2 loads from
 * its destination, 3 loads from its source, which is allowed. Ends with 0. */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/keccak.h>

static volatile uint8_t message[2048], digest[32];

int main(void)
{
    const gluechip_keccak_job_t job =
        gluechip_sha3_256_job((const void *)message, sizeof(message), (void *)digest);
    gluechip_ticket_t ticket;
    message[2047] = 1;
    if (gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, &ticket) != GLUECHIP_OK)
        return 1;
#if TOUCH == 1
    message[2047] = 2; /* FAULT */
#elif TOUCH == 2
    (void)digest[31]; /* FAULT */
#elif TOUCH == 3
    (void)message[2047];
#endif
    if (gluechip_wait(&ticket, GLUECHIP_WAIT_DEFAULT_CYCLES) != GLUECHIP_OK)
        return 1;
    message[2047] = digest[31];
    puts("done");
    return 0;
}
