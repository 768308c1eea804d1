/* What the chip offers of the interface that zkVM guests use for accelerators, under its names.
 *
 * Source: eth-act/zkvm-standards, standards/c-interface-accelerators.
 */
#ifndef ZKVM_ACCELERATORS_H
#define ZKVM_ACCELERATORS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    ZKVM_EOK = 0,
    ZKVM_EFAIL = -1,
} zkvm_status;

typedef struct {
    _Alignas(8) uint8_t data[32];
} zkvm_bytes_32;

typedef zkvm_bytes_32 zkvm_keccak256_hash;

/* Keccak-256, the hash of Ethereum, on the coprocessor; on the core where the coprocessor does not
 * reach the data, or its queue is full.
 *
 * Returns ZKVM_EOK; ZKVM_EFAIL for NULL or an error of the coprocessor, with the output zeroed. A
 * chip addresses no more than 2^32 bytes, so `len` cannot be too large.
 */
zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output);

#endif
