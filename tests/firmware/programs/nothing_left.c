/* needs the real chip: its model takes minutes for the core's part
output:
core: nothing is left
coprocessor: nothing is left
exit: 0
*/
/* Two runs that differ in the secret only leave the same on the stack. */
#include <stdio.h>
#include <string.h>

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/sp800_185.h>

#define STACK_WORDS 700
#define CALLS 6

static uint32_t left[2][STACK_WORDS];
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

/* Copies what the call leaves below the stack pointer to `to`. Calls nothing else meanwhile. */
static __attribute__((noinline)) void leave(uint32_t *to, unsigned number,
                                            gluechip_backend_t backend)
{
    uint32_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    volatile uint32_t *const end = (volatile uint32_t *)sp;
    for (unsigned i = 0; i < STACK_WORDS; i++)
        end[-1 - (int)i] = 0;
    call(number, backend);
    for (unsigned i = 0; i < STACK_WORDS; i++)
        to[i] = end[-1 - (int)i];
}

int main(void)
{
    static const char *const names[] = {"core", "coprocessor"};
    for (unsigned backend = 0; backend < 2; backend++) {
        const char *verdict = "nothing is left";
        for (unsigned number = 0; number < CALLS; number++) {
            for (unsigned i = 0; i < 2; i++) {
                memset(secret, i ? 0xa5 : 0x3c, sizeof secret);
                leave(left[i], number, (gluechip_backend_t)backend);
            }
            if (memcmp(left[0], left[1], sizeof left[0]) != 0)
                verdict = "something is left";
            if (left[0][STACK_WORDS - 1] != 0)
                verdict = "the stack is deeper than what is looked at";
        }
        printf("%s: %s\n", names[backend], verdict);
    }
    return 0;
}
