/* output:
chain: ok
equal to the core: yes
records: matmul read 80 wrote 64, keccak read 64 wrote 32
a job that waits for a failed one: the awaited job failed or is unknown
a job that waits for one never submitted: the awaited job failed or is unknown
after the errors: ok
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

static int8_t x[16 * 4], w1[8 * 4], w2[4 * 8], w3[4 * 4];
static int8_t h1[16 * 8], h2[16 * 4], y[16 * 4];
static uint8_t digest[32], expected[32];

static gluechip_matmul_job_t layer(const int8_t *from, const int8_t *weights, int8_t *to,
                                   unsigned inputs, unsigned outputs)
{
    return (gluechip_matmul_job_t){
        .a = from, .b = weights, .c = to, .m = 16, .n = outputs, .k = inputs,
        .output = GLUECHIP_OUTPUT_INT8, .clamp_minimum = -128, .clamp_maximum = 127,
        .scale_multiplier = 0x50000000, .scale_shift = -5,
    };
}

static gluechip_status_t chain(gluechip_backend_t backend, gluechip_ticket_t *last_layer,
                               gluechip_ticket_t *hash)
{
    const gluechip_matmul_job_t jobs[] = {layer(x, w1, h1, 4, 8), layer(h1, w2, h2, 8, 4),
                                          layer(h2, w3, y, 4, 4)};
    const gluechip_keccak_job_t sha = gluechip_sha3_256_job(
        y, sizeof y, backend == GLUECHIP_BACKEND_CPU ? expected : digest);
    for (int i = 0; i < 3; i++) {
        const gluechip_status_t status =
            gluechip_matmul_submit(backend, &jobs[i], i ? last_layer : NULL, last_layer);
        if (status != GLUECHIP_OK)
            return status;
    }
    const gluechip_status_t status = gluechip_keccak_submit(backend, &sha, last_layer, hash);
    return status == GLUECHIP_OK ? gluechip_wait(hash, 1000000) : status;
}

int main(void)
{
    gluechip_ticket_t layer_ticket, hash_ticket, ticket;
    for (unsigned i = 0; i < sizeof x; i++)
        x[i] = (int8_t)(i * 37), w1[i % 32] = (int8_t)(i * 11), w2[i % 32] = (int8_t)(i * 29),
        w3[i % 16] = (int8_t)(i * 53);
    printf("chain: %s\n",
           gluechip_status_text(chain(GLUECHIP_BACKEND_COPROCESSOR, &layer_ticket, &hash_ticket)));
    gluechip_job_record_t product, hash;
    gluechip_job_record(&layer_ticket, &product);
    gluechip_job_record(&hash_ticket, &hash);
    chain(GLUECHIP_BACKEND_CPU, &ticket, &ticket);
    printf("equal to the core: %s\n", memcmp(digest, expected, 32) == 0 ? "yes" : "no");
    printf("records: matmul read %u wrote %u, keccak read %u wrote %u\n",
           (unsigned)product.bytes_read, (unsigned)product.bytes_written,
           (unsigned)hash.bytes_read, (unsigned)hash.bytes_written);

    const gluechip_matmul_job_t good = layer(x, w1, h1, 4, 8);
    const gluechip_keccak_job_t sha = gluechip_sha3_256_job(x, sizeof x, digest);
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 0, 0, 0, GLUECHIP_RIGHTS_NONE, false);
    gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &good, NULL, &layer_ticket);
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &sha, &layer_ticket, &hash_ticket);
    printf("a job that waits for a failed one: %s\n",
           gluechip_status_text(gluechip_wait(&hash_ticket, 100000)));
    gluechip_wait(&layer_ticket, 100000);
    ticket = layer_ticket;
    ticket.job++;
    printf("a job that waits for one never submitted: %s\n",
           gluechip_status_text(
               gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &sha, &ticket, NULL)));
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 0, GLUECHIP_RAM_BASE,
                       GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE, GLUECHIP_RIGHTS_READ_WRITE, false);
    printf("after the errors: %s\n",
           gluechip_status_text(chain(GLUECHIP_BACKEND_COPROCESSOR, &ticket, &ticket)));
    return 0;
}
