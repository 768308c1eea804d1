/* output:
the latest: ended, ok
40000 younger jobs: ended, the record of the job has been reused
65531 younger jobs: ended, the record of the job has been reused
after one of them: the awaited job failed or is unknown
after one never submitted: the awaited job failed or is unknown
backends: 0 and 1, records 0 and 3 bytes read
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>

static uint8_t message[3], digest[32];

static gluechip_status_t submit(gluechip_backend_t backend, const gluechip_ticket_t *after,
                                gluechip_ticket_t *ticket)
{
    const gluechip_keccak_job_t job = gluechip_sha3_256_job(message, sizeof message, digest);
    return gluechip_keccak_submit(backend, &job, after, ticket);
}

static void show(const char *what, const gluechip_ticket_t *ticket)
{
    const uint32_t start = gluechip_cycles();
    const bool ended = gluechip_ended(ticket);
    const gluechip_status_t status = gluechip_wait(ticket, GLUECHIP_WAIT_DEFAULT_CYCLES);
    const bool quick = gluechip_cycles() - start < 1000;
    printf("%s: %s, %s%s\n", what, ended ? "ended" : "under way", gluechip_status_text(status),
           quick ? "" : ", after a long wait");
}

/* The ticket of the job that had `younger` jobs before that of `latest`. */
static gluechip_ticket_t aged(gluechip_ticket_t latest, unsigned younger)
{
    return (gluechip_ticket_t){latest.coprocessor, (uint16_t)(latest.job - younger)};
}

int main(void)
{
    gluechip_ticket_t latest;
    for (int i = 0; i < 6; i++) {
        submit(GLUECHIP_BACKEND_COPROCESSOR, NULL, &latest);
        gluechip_wait(&latest, 100000);
    }
    const gluechip_ticket_t old = aged(latest, 40000), oldest = aged(latest, 65531);
    show("the latest", &latest);
    show("40000 younger jobs", &old);
    show("65531 younger jobs", &oldest);
    printf("after one of them: %s\n",
           gluechip_status_text(submit(GLUECHIP_BACKEND_COPROCESSOR, &old, NULL)));
    const gluechip_ticket_t next = aged(latest, 65535);
    printf("after one never submitted: %s\n",
           gluechip_status_text(submit(GLUECHIP_BACKEND_COPROCESSOR, &next, NULL)));

    uint32_t bytes_read[2];
    int good = 0;
    for (gluechip_backend_t backend = 0; backend <= 1; backend++) {
        gluechip_ticket_t ticket;
        gluechip_job_record_t record;
        submit(backend, NULL, &ticket);
        gluechip_wait(&ticket, 100000);
        good += gluechip_job_record(&ticket, &record) == GLUECHIP_OK;
        bytes_read[backend] = record.bytes_read;
    }
    printf("backends: %s, records %u and %u bytes read\n", good == 2 ? "0 and 1" : "differ",
           (unsigned)bytes_read[0], (unsigned)bytes_read[1]);
    return 0;
}
