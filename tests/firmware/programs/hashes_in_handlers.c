/* needs the real chip, whose jobs take time
output:
main right
handler right, often enough
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/interrupts.h>
#include <gluechip/keccak.h>
#include <gluechip/timer.h>

#define U GLUECHIP_BACKEND_COPROCESSOR
#define ROUNDS 60
#define JOBS_A_HANDLER 5 /* more than the coprocessor keeps records of */

static const uint8_t message[300] = {1, 2, 3};
static uint8_t expected[2][32];
static volatile unsigned handled, failed, wait_cycles = 50;

static void hash_in_handler(void)
{
    for (unsigned i = 0; i < JOBS_A_HANDLER; i++) {
        uint8_t digest[32];
        failed += gluechip_sha3_256(U, message, 10, digest) != GLUECHIP_OK ||
                  memcmp(digest, expected[0], 32) != 0;
    }
    handled++;
    wait_cycles = 50 + (wait_cycles * 7 + 1) % 251; /* meets the main program everywhere */
    gluechip_timer_set(gluechip_time() + wait_cycles);
}

int main(void)
{
    gluechip_sha3_256(GLUECHIP_BACKEND_CPU, message, 10, expected[0]);
    gluechip_sha3_256(GLUECHIP_BACKEND_CPU, message, sizeof message, expected[1]);
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_TIMER, hash_in_handler);
    gluechip_timer_set(gluechip_time() + wait_cycles);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_TIMER, true);
    gluechip_interrupts_enable(true);
    unsigned wrong = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t digest[32];
        wrong += gluechip_sha3_256(U, message, sizeof message, digest) != GLUECHIP_OK ||
                 memcmp(digest, expected[1], 32) != 0;
    }
    gluechip_interrupts_enable(false);
    printf("main %s\n", wrong ? "wrong" : "right");
    printf("handler %s, %s\n", failed ? "wrong" : "right",
           handled > ROUNDS / 2 ? "often enough" : "too seldom");
    return 0;
}
