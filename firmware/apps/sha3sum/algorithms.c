#include "algorithms.h"

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/sp800_185.h>

/* The pieces of a message lie one behind the other. */
static const void *message(const request_t *r)
{
    return r->pieces->data;
}

static uint32_t length(const request_t *r)
{
    const gluechip_bytes_t *const last = r->pieces + r->piece_count - 1;
    return (uint32_t)((const uint8_t *)last->data - (const uint8_t *)message(r)) + last->length;
}

#define HASH(name, ...)                                                                            \
    static gluechip_status_t name(const request_t *r, void *digest, uint32_t bytes)                \
    {                                                                                              \
        return gluechip_##__VA_ARGS__;                                                             \
    }
#define SPONGE(name, function)                                                                     \
    HASH(name, hash(r->backend, function, message(r), length(r), digest, bytes))

SPONGE(sha3_224, GLUECHIP_SHA3_224)
SPONGE(sha3_256, GLUECHIP_SHA3_256)
SPONGE(sha3_384, GLUECHIP_SHA3_384)
SPONGE(sha3_512, GLUECHIP_SHA3_512)
SPONGE(keccak_224, GLUECHIP_KECCAK_224)
SPONGE(keccak_256, GLUECHIP_KECCAK_256)
SPONGE(keccak_384, GLUECHIP_KECCAK_384)
SPONGE(keccak_512, GLUECHIP_KECCAK_512)
SPONGE(shake128, GLUECHIP_SHAKE128)
SPONGE(shake256, GLUECHIP_SHAKE256)
SPONGE(turboshake128, GLUECHIP_TURBOSHAKE128(r->domain))
SPONGE(turboshake256, GLUECHIP_TURBOSHAKE256(r->domain))

#define CSHAKE(name)                                                                               \
    HASH(name, name(r->backend, GLUECHIP_NO_BYTES, r->customization, message(r), length(r),        \
                    digest, bytes))
#define KMAC(name)                                                                                 \
    HASH(name, name(r->backend, r->key, r->customization, message(r), length(r), digest, bytes))
#define TUPLE_HASH(name)                                                                           \
    HASH(name, name(r->backend, r->customization, r->pieces, r->piece_count, digest, bytes))
#define PARALLEL_HASH(name)                                                                        \
    HASH(name, name(r->backend, r->block_bytes, r->customization, message(r), length(r), digest,   \
                    bytes))
#define KANGAROO_TWELVE(name)                                                                      \
    HASH(name, name(r->backend, message(r), length(r), r->customization, digest, bytes))

CSHAKE(cshake128)
CSHAKE(cshake256)
KMAC(kmac128)
KMAC(kmac256)
KMAC(kmacxof128)
KMAC(kmacxof256)
TUPLE_HASH(tuple_hash128)
TUPLE_HASH(tuple_hash256)
TUPLE_HASH(tuple_hash_xof128)
TUPLE_HASH(tuple_hash_xof256)
PARALLEL_HASH(parallel_hash128)
PARALLEL_HASH(parallel_hash256)
PARALLEL_HASH(parallel_hash_xof128)
PARALLEL_HASH(parallel_hash_xof256)
KANGAROO_TWELVE(kt128)
KANGAROO_TWELVE(kt256)

const algorithm_t algorithms[] = {
    {"sha3-256", 32, true, sha3_256},
    {"sha3-224", 28, true, sha3_224},
    {"sha3-384", 48, true, sha3_384},
    {"sha3-512", 64, true, sha3_512},
    {"keccak-224", 28, true, keccak_224},
    {"keccak-256", 32, true, keccak_256},
    {"keccak-384", 48, true, keccak_384},
    {"keccak-512", 64, true, keccak_512},
    {"shake128", 32, false, shake128},
    {"shake256", 64, false, shake256},
    {"turboshake128", 32, false, turboshake128},
    {"turboshake256", 64, false, turboshake256},
    {"cshake128", 32, false, cshake128},
    {"cshake256", 64, false, cshake256},
    {"kmac128", 32, false, kmac128},
    {"kmac256", 64, false, kmac256},
    {"kmacxof128", 32, false, kmacxof128},
    {"kmacxof256", 64, false, kmacxof256},
    {"tuplehash128", 32, false, tuple_hash128},
    {"tuplehash256", 64, false, tuple_hash256},
    {"tuplehashxof128", 32, false, tuple_hash_xof128},
    {"tuplehashxof256", 64, false, tuple_hash_xof256},
    {"parallelhash128", 32, false, parallel_hash128},
    {"parallelhash256", 64, false, parallel_hash256},
    {"parallelhashxof128", 32, false, parallel_hash_xof128},
    {"parallelhashxof256", 64, false, parallel_hash_xof256},
    {"kt128", 32, false, kt128},
    {"kt256", 64, false, kt256},
};

const uint32_t algorithm_count = sizeof algorithms / sizeof algorithms[0];
