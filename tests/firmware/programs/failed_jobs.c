/* output:
a hash after a failed product: the awaited job failed or is unknown
a product after that: ok, 6
the failed product: the guard forbade an access
a product after a failed one: the awaited job failed or is unknown
its forerunner: the guard forbade an access
a hash after both: the awaited job failed or is unknown
polled: ended, the awaited job failed or is unknown
without tickets: all accepted, then ok
an error that younger jobs have covered: the record of the job has been reused
a job that waits for it: the awaited job failed or is unknown
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/timer.h>

#define WAIT_CYCLES 100000

static int8_t a[8] = {1, 1, 1}, b[8] = {1, 2, 3};
static int32_t c[2];
static uint8_t digest[32];

static const gluechip_matmul_job_t product = {
    .a = a, .b = b, .c = c, .m = 1, .n = 1, .k = 3, .output = GLUECHIP_OUTPUT_INT32};

static void open_window(bool open)
{
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 0, GLUECHIP_RAM_BASE,
                       GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE,
                       open ? GLUECHIP_RIGHTS_READ_WRITE : GLUECHIP_RIGHTS_NONE, false);
}

static const char *text(gluechip_status_t status)
{
    return gluechip_status_text(status);
}

static gluechip_status_t multiply(const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    return gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &product, after, ticket);
}

static gluechip_status_t hash(const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    const gluechip_keccak_job_t job = gluechip_sha3_256_job(a, sizeof a, digest);
    return gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, after, ticket);
}

int main(void)
{
    gluechip_ticket_t first, second, third;

    open_window(false);
    multiply(NULL, &first);
    hash(&first, &third);
    printf("a hash after a failed product: %s\n", text(gluechip_wait(&third, WAIT_CYCLES)));
    open_window(true);
    const gluechip_status_t status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &product);
    printf("a product after that: %s, %d\n", text(status), (int)c[0]);
    printf("the failed product: %s\n", text(gluechip_wait(&first, WAIT_CYCLES)));

    open_window(false);
    multiply(NULL, &first);
    multiply(&first, &second);
    printf("a product after a failed one: %s\n", text(gluechip_wait(&second, WAIT_CYCLES)));
    printf("its forerunner: %s\n", text(gluechip_wait(&first, WAIT_CYCLES)));

    multiply(NULL, &first);
    multiply(&first, &second);
    hash(&second, &third);
    printf("a hash after both: %s\n", text(gluechip_wait(&third, WAIT_CYCLES)));

    multiply(NULL, &first);
    multiply(&first, &second);
    hash(&second, &third);
    bool ended = false;
    for (int polls = 0; polls < 1000 && !ended; polls++)
        ended = gluechip_ended(&third);
    printf("polled: %s, %s\n", ended ? "ended" : "never ended", text(gluechip_wait(&third, 0)));

    int accepted = 0;
    for (int i = 0; i < 12; i++) {
        gluechip_delay(1000);
        accepted += multiply(NULL, NULL) == GLUECHIP_OK;
    }
    open_window(true);
    printf("without tickets: %s, then %s\n", accepted == 12 ? "all accepted" : "some refused",
           text(gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &product)));

    open_window(false);
    multiply(NULL, &first);
    gluechip_delay(1000);
    open_window(true);
    for (int i = 0; i < 4; i++)
        gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &product);
    printf("an error that younger jobs have covered: %s\n",
           text(gluechip_wait(&first, WAIT_CYCLES)));
    printf("a job that waits for it: %s\n", text(hash(&first, NULL)));
    return 0;
}
