#include <string.h>

#include <gluechip/keccak.h>
#include <gluechip/random.h>
#include <gluechip/secret.h>

gluechip_status_t gluechip_keyed_random_draw(void *context, void *output, uint32_t bytes)
{
    gluechip_keyed_random_t *const keyed = context;
    uint8_t message[GLUECHIP_KEY_BYTES + sizeof keyed->counter];
    memcpy(message, keyed->key, GLUECHIP_KEY_BYTES);
    memcpy(message + GLUECHIP_KEY_BYTES, &keyed->counter, sizeof keyed->counter);
    keyed->counter++;
    const gluechip_status_t status =
        gluechip_shake128(keyed->backend, message, sizeof message, output, bytes);
    gluechip_wipe(message, sizeof message);
    return status;
}
