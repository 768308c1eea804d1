#include <zkvm_accelerators.h>

#include "pieces.h"

zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output)
{
    if (output == NULL)
        return ZKVM_EFAIL;
    const uint32_t length = (uint32_t)len;
    gluechip_status_t status =
        gluechip_keccak_256(GLUECHIP_BACKEND_COPROCESSOR, data, length, output->data);
    if (status == GLUECHIP_ERROR_ADDRESS || status == GLUECHIP_ERROR_QUEUE_FULL)
        status = gluechip_keccak_256(GLUECHIP_BACKEND_CPU, data, length, output->data);
    zero_unless_ok(status, output->data, sizeof output->data);
    return status == GLUECHIP_OK ? ZKVM_EOK : ZKVM_EFAIL;
}
