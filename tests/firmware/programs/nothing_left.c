/* needs the real chip: its model takes minutes for the core's part
output:
core: nothing is left
coprocessor: nothing is left
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/sp800_185.h>

#include "what_is_left.h"

#define CALLS 6

static uint8_t secret[400], output[200];
static gluechip_backend_t backend;

static void call(unsigned number)
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

static void choose(unsigned which)
{
    memset(secret, which ? 0xa5 : 0x3c, sizeof secret);
}

int main(void)
{
    static const char *const names[] = {"core", "coprocessor"};
    for (unsigned i = 0; i < 2; i++) {
        backend = (gluechip_backend_t)i;
        const char *verdict = NULL;
        for (unsigned number = 0; number < CALLS && verdict == NULL; number++)
            verdict = verdict_on(call, number, choose);
        printf("%s: %s\n", names[i], verdict == NULL ? "nothing is left" : verdict);
    }
    return 0;
}
