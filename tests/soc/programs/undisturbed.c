/* The core's loads and stores take as long while a coprocessor moves data as without one. */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>

static uint8_t message[8192] __attribute__((aligned(8)));
static uint8_t digest[32];
static volatile uint32_t words[64];

static __attribute__((noinline, aligned(64))) uint32_t work(void)
{
    const uint32_t start = gluechip_cycles();
    for (unsigned i = 1; i < 64; i++)
        words[i] = words[i - 1] + words[63 - i] + 1;
    return gluechip_cycles() - start;
}

int main(void)
{
    const gluechip_keccak_job_t job = gluechip_sha3_256_job(message, sizeof(message), digest);
    gluechip_ticket_t ticket;
    const uint32_t alone = work();
    if (gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, 0, &ticket) != GLUECHIP_OK)
        return 1;
    const uint32_t beside = work();
    const uint32_t status = GLUECHIP_KECCAK->status;
    printf("%u %u %s\n", (unsigned)alone, (unsigned)beside,
           GLUECHIP_GET(status, KECCAK_STATUS_BUSY) ? "busy" : "done");
    return 0;
}
