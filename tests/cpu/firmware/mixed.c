/* A bit of everything that firmware does, for the comparison of the core with its model: both
 * coprocessors and their twins, formatted output, 64-bit division, timer interrupts during the
 * work, and sleep.
 *
 * Must print:
 *   sha3_256 <the digest of the bytes 0 to 63, in hexadecimal>
 *   matmul -1016 1016
 *   the coprocessors agree
 *   1234567890123456789 / 9876543210 = 124999998
 *   ticks
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/interrupts.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/timer.h>

#define TICK_CYCLES 1500u
#define TICKS_ASLEEP 5u

static volatile unsigned ticks;

static void tick(void)
{
    ticks++;
    gluechip_timer_set(gluechip_time() + TICK_CYCLES);
}

static bool hash(void)
{
    static uint8_t message[64], digest[2][32];
    for (unsigned i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)i;
    }
    gluechip_sha3_256(GLUECHIP_BACKEND_CPU, message, sizeof message, digest[0]);
    gluechip_sha3_256(GLUECHIP_BACKEND_COPROCESSOR, message, sizeof message, digest[1]);
    printf("sha3_256 ");
    for (unsigned i = 0; i < sizeof digest[0]; i++) {
        printf("%02x", digest[0][i]);
    }
    printf("\n");
    return memcmp(digest[0], digest[1], sizeof digest[0]) == 0;
}

static bool multiply(void)
{
    static int8_t a[8], b[2][8];
    static int32_t c[2][2];
    for (unsigned i = 0; i < 8; i++) {
        a[i] = 127;
        b[0][i] = -1;
        b[1][i] = 1;
    }
    gluechip_matmul_job_t job = {.a = a, .b = b, .c = c[0], .m = 1, .n = 2, .k = 8};
    gluechip_matmul(GLUECHIP_BACKEND_CPU, &job);
    job.c = c[1];
    gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
    printf("matmul %d %d\n", (int)c[0][0], (int)c[0][1]);
    return memcmp(c[0], c[1], sizeof c[0]) == 0;
}

static void divide(void)
{
    volatile uint64_t dividend = 1234567890123456789u, divisor = 9876543210u;
    printf("1234567890123456789 / 9876543210 = %u\n", (unsigned)(dividend / divisor));
}

int main(void)
{
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_TIMER, tick);
    gluechip_timer_set(gluechip_time() + TICK_CYCLES);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_TIMER, true);
    gluechip_interrupts_enable(true);
    const bool same_digest = hash(), same_product = multiply();
    if (same_digest && same_product) {
        puts("the coprocessors agree");
    }
    divide();
    const unsigned end = ticks + TICKS_ASLEEP;
    while (ticks < end) {
        __asm__ volatile("wfi");
    }
    puts("ticks");
    return 0;
}
