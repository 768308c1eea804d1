/* needs the real chip: jobs take time
output:
refused after 5 or more jobs: the job queue is full
all others: ok
timeout: the wait took too long
abort: ok, the job was aborted
zeroize: ok
after it: ok
exit: 0
*/
#include <stdio.h>

#include <gluechip/keccak.h>

#define JOBS 8

static uint8_t message[16384], digest[JOBS][32];

static void show(const char *what, gluechip_status_t status)
{
    printf("%s: %s\n", what, gluechip_status_text(status));
}

static gluechip_status_t submit(int index, gluechip_ticket_t *ticket)
{
    const gluechip_keccak_job_t job =
        gluechip_sha3_256_job(message, sizeof message, digest[index]);
    return gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, ticket);
}

int main(void)
{
    gluechip_ticket_t tickets[JOBS];
    gluechip_status_t status = GLUECHIP_OK;
    int accepted = 0;
    while (accepted < JOBS && status == GLUECHIP_OK)
        if ((status = submit(accepted, &tickets[accepted])) == GLUECHIP_OK)
            accepted++;
    printf("refused after %s jobs: %s\n", accepted >= 5 ? "5 or more" : "too few",
           gluechip_status_text(status));
    status = GLUECHIP_OK;
    for (int i = 0; i < accepted; i++) {
        const gluechip_status_t one = gluechip_wait(&tickets[i], 1000000);
        if (one != GLUECHIP_OK)
            status = one;
    }
    show("all others", status);
    submit(0, &tickets[0]);
    show("timeout", gluechip_wait(&tickets[0], 100));
    status = gluechip_abort(GLUECHIP_COPROCESSOR_KECCAK);
    printf("abort: %s, %s\n", gluechip_status_text(status),
           gluechip_status_text(gluechip_wait(&tickets[0], 100000)));
    show("zeroize", gluechip_zeroize(GLUECHIP_COPROCESSOR_KECCAK));
    status = submit(1, &tickets[1]);
    show("after it", status == GLUECHIP_OK ? gluechip_wait(&tickets[1], 1000000) : status);
    return 0;
}
