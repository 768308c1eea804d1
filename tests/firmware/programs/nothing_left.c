/* needs the real chip: its model takes minutes for the core's part
output:
core: nothing is left
coprocessor: nothing is left
exit: 0
*/
/* Two runs with one secret and one with another leave the same on the stack; but for what is new in
 * every run, such as the number of a job. */
#include <stdio.h>
#include <string.h>

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/sp800_185.h>

#define STACK_WORDS 700
#define CALLS 6

static uint32_t left[3][STACK_WORDS], now[STACK_WORDS];
static uint8_t secret[400], output[200];

static void call(unsigned number, gluechip_backend_t backend)
{
    const gluechip_bytes_t key = {secret, 32}, tuple[] = {{secret, 100}};
    gluechip_sponge_t sponge;
    switch (number) {
    case 0:
        gluechip_kmac128(backend, key, GLUECHIP_NO_BYTES, secret, 100, output, 64);
        break;
    case 1:
        gluechip_kmacxof256(backend, key, GLUECHIP_NO_BYTES, secret, 100, output, 170);
        break;
    case 2:
        gluechip_tuple_hash128(backend, GLUECHIP_NO_BYTES, tuple, 1, output, 64);
        break;
    case 3:
        gluechip_parallel_hash128(backend, 130, GLUECHIP_NO_BYTES, secret, 400, output, 64);
        break;
    case 4:
        gluechip_kt128(backend, secret, 100, GLUECHIP_NO_BYTES, output, 64);
        break;
    case 5:
        gluechip_kmac128_init(&sponge, backend, key, GLUECHIP_NO_BYTES);
        gluechip_sponge_update(&sponge, secret, 50);
        gluechip_kmacxof_final(&sponge, output, 5);
        gluechip_sponge_squeeze(&sponge, output, 50);
        gluechip_sponge_wipe(&sponge);
        break;
    }
}

/* Copies what the call leaves below the stack pointer to `now`. Calls nothing else meanwhile. */
static __attribute__((noinline)) void leave(unsigned number, gluechip_backend_t backend)
{
    uint32_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    volatile uint32_t *const end = (volatile uint32_t *)sp;
    for (unsigned i = 0; i < STACK_WORDS; i++)
        end[-1 - (int)i] = 0;
    call(number, backend);
    for (unsigned i = 0; i < STACK_WORDS; i++)
        now[i] = end[-1 - (int)i];
}

static const char *verdict_on(unsigned number, gluechip_backend_t backend)
{
    for (unsigned run = 0; run < 3; run++) {
        memset(secret, run == 2 ? 0xa5 : 0x3c, sizeof secret);
        leave(number, backend);
        memcpy(left[run], now, sizeof now);
    }
    if (now[STACK_WORDS - 1] != 0)
        return "the stack is deeper than what is looked at";
    for (unsigned i = 0; i < STACK_WORDS; i++)
        if (left[0][i] == left[1][i] && left[0][i] != left[2][i])
            return "something is left";
    return NULL;
}

int main(void)
{
    static const char *const names[] = {"core", "coprocessor"};
    for (unsigned backend = 0; backend < 2; backend++) {
        const char *verdict = NULL;
        for (unsigned number = 0; number < CALLS && verdict == NULL; number++)
            verdict = verdict_on(number, (gluechip_backend_t)backend);
        printf("%s: %s\n", names[backend], verdict == NULL ? "nothing is left" : verdict);
    }
    return 0;
}
