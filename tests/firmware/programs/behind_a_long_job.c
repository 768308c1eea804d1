/* output:
a short call: ok
the long job in front of it: ok, 10000 bytes read
after a refused START: ok
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>

#define WAIT_CYCLES 100000

static uint8_t message[10000], digest[32];

int main(void)
{
    /* It takes longer than the bound of the call behind it, which has some 14,000 cycles. */
    const gluechip_keccak_job_t slow = {
        .source = message,
        .length = sizeof message,
        .destination = digest,
        .output_length = sizeof digest,
        .rate_bytes = 8,
        .domain = GLUECHIP_DOMAIN_KECCAK,
        .rounds = 24,
    };
    static uint8_t other[32];
    gluechip_ticket_t ticket;
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &slow, NULL, &ticket);
    printf("a short call: %s\n", gluechip_status_text(gluechip_sha3_256(
                                     GLUECHIP_BACKEND_COPROCESSOR, message, 3, other)));
    gluechip_job_record_t record;
    const gluechip_status_t status = gluechip_wait(&ticket, WAIT_CYCLES);
    gluechip_job_record(&ticket, &record);
    printf("the long job in front of it: %s, %u bytes read\n", gluechip_status_text(status),
           (unsigned)record.bytes_read);

    GLUECHIP_KECCAK->wait = GLUECHIP_PUT(KECCAK_WAIT_ENABLE, 1) | GLUECHIP_PUT(KECCAK_WAIT_SOURCE, 7);
    GLUECHIP_KECCAK->control = GLUECHIP_KECCAK_CONTROL_START_MASK;
    printf("after a refused START: %s\n", gluechip_status_text(gluechip_sha3_256(
                                              GLUECHIP_BACKEND_COPROCESSOR, message, 3, other)));
    return 0;
}
