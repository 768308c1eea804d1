#include <gluechip/mlkem_native.h>

#include <string.h>

#include <gluechip/keccak.h>
#include <gluechip/secret.h>

int gluechip_keccak_f1600_x1(uint64_t *state)
{
    uint64_t before[GLUECHIP_KECCAK_STATE_BYTES / sizeof(uint64_t)];
    memcpy(before, state, sizeof before);
    const gluechip_status_t status =
        gluechip_keccak_f1600(GLUECHIP_BACKEND_COPROCESSOR, state, 24);
    if (status != GLUECHIP_OK)
        memcpy(state, before, sizeof before);
    gluechip_wipe(before, sizeof before);
    return status == GLUECHIP_OK ? 0 : -1;
}
