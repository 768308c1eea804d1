/* output:
31 bad calls, 31 refused, nothing written
exit: 0
*/
#include <stdio.h>

#include <gluechip/gpio.h>
#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/uart.h>

static int calls, refused;
static int8_t memory[128] __attribute__((aligned(4)));
static int8_t *const c = memory, *const a = memory + 64;

static void expect(gluechip_status_t wanted, gluechip_status_t got)
{
    calls++;
    if (got == wanted)
        refused++;
    else
        printf("call %d gave %d, not %d\n", calls, got, wanted);
}

int main(void)
{
    const gluechip_matmul_job_t good = {.a = a, .b = a, .c = c, .m = 4, .n = 4, .k = 4,
                                        .output = GLUECHIP_OUTPUT_INT32};
    const gluechip_keccak_job_t hash = gluechip_sha3_256_job(a, 64, c);
    gluechip_ticket_t ticket = {9, 1};
    gluechip_job_record_t record;
    for (gluechip_backend_t backend = 0; backend <= 1; backend++) {
        gluechip_matmul_job_t job = good;
        job.m = 0;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        job = good;
        job.c = (int8_t *)c + 1;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        job = good;
        job.a_zero = 128;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        job = good;
        job.c = a;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        job = good;
        job.c_stride = 12;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        job = good;
        job.k = 65536;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_matmul(backend, &job));
        gluechip_keccak_job_t sponge = hash;
        sponge.rate_bytes = 100;
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_keccak(backend, &sponge));
        sponge = hash;
        sponge.load_state = true; /* from nowhere */
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_keccak(backend, &sponge));
        sponge = hash;
        sponge.count = 2;
        sponge.destination_stride = 31; /* the outputs overlap */
        expect(GLUECHIP_ERROR_ARGUMENT, gluechip_keccak(backend, &sponge));
    }
    gluechip_keccak_job_t sponge = hash;
    sponge.store_state = true;
    sponge.state = (void *)(uintptr_t)(GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE - 199);
    expect(GLUECHIP_ERROR_ADDRESS, gluechip_keccak(GLUECHIP_BACKEND_COPROCESSOR, &sponge));
    sponge = hash;
    sponge.count = 65535;
    sponge.source_stride = 0x10000; /* the last messages are outside, their addresses wrap */
    sponge.destination_stride = 32;
    expect(GLUECHIP_ERROR_ADDRESS, gluechip_keccak(GLUECHIP_BACKEND_COPROCESSOR, &sponge));
    gluechip_matmul_job_t job = good;
    job.a_stride = 0x40000000; /* the last row is outside, its address wraps */
    expect(GLUECHIP_ERROR_ADDRESS, gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job));
    expect(GLUECHIP_ERROR_ADDRESS,
           gluechip_sha3_256(GLUECHIP_BACKEND_COPROCESSOR, a, GLUECHIP_RAM_SIZE, c));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_wait(&ticket, 1));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_wait(NULL, 1));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_job_record(&ticket, &record));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_abort(2));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_guard_set(0, 4, 0, 8, GLUECHIP_RIGHTS_READ, false));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_guard_set(0, 1, 16, 8, GLUECHIP_RIGHTS_READ, false));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_guard_set(0, 1, 1, 8, GLUECHIP_RIGHTS_READ, false));
    expect(GLUECHIP_ERROR_ARGUMENT, gluechip_uart_set_baud(0));
    expect(GLUECHIP_ERROR_DEPENDENCY,
           gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &good, &ticket, NULL));
    int touched = 0;
    for (unsigned i = 0; i < sizeof memory; i++)
        touched += memory[i] != 0;
    printf("%d bad calls, %d refused, %s\n", calls, refused, touched ? "touched" : "nothing written");
    return 0;
}
