/* needs the real chip: its model takes minutes for the core's part
output:
at once right
in pieces right
side by side right
errors right
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <zkvm_accelerators.h>

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/mlkem_native.h>
#include <gluechip/sp800_185.h>

#define C GLUECHIP_BACKEND_CPU
#define U GLUECHIP_BACKEND_COPROCESSOR
#define OUTPUT_BYTES 170 /* more than a block of any function, so that it is squeezed twice */
#define LENGTH 100

typedef gluechip_status_t function_t(gluechip_backend_t backend, void *output);

static uint8_t message[LENGTH], core[OUTPUT_BYTES + 1], unit[OUTPUT_BYTES + 1];
static const gluechip_bytes_t text = {"text", 4}, key = {"0123456789abcdef", 16};

#define FUNCTION(name, ...)                                                                        \
    static gluechip_status_t name##_(gluechip_backend_t backend, void *output)                     \
    {                                                                                              \
        return gluechip_##name(backend, __VA_ARGS__);                                              \
    }
#define FIXED(name) FUNCTION(name, message, LENGTH, output)
#define ANY(name, ...) FUNCTION(name, __VA_ARGS__, output, OUTPUT_BYTES)

FIXED(sha3_224)
FIXED(sha3_256)
FIXED(sha3_384)
FIXED(sha3_512)
FIXED(keccak_224)
FIXED(keccak_256)
FIXED(keccak_384)
FIXED(keccak_512)
ANY(shake128, message, LENGTH)
ANY(shake256, message, LENGTH)
ANY(turboshake128, 0x2a, message, LENGTH)
ANY(turboshake256, 0x2a, message, LENGTH)
ANY(cshake128, text, key, message, LENGTH)
ANY(cshake256, text, key, message, LENGTH)
ANY(kmac128, key, text, message, LENGTH)
ANY(kmac256, key, text, message, LENGTH)
ANY(kmacxof128, key, text, message, LENGTH)
ANY(kmacxof256, key, text, message, LENGTH)
static const gluechip_bytes_t tuple[] = {{"", 0}, {message, LENGTH}, {message + 1, 7}};
ANY(tuple_hash128, text, tuple, 3)
ANY(tuple_hash256, text, tuple, 3)
ANY(tuple_hash_xof128, text, tuple, 3)
ANY(tuple_hash_xof256, text, tuple, 3)
ANY(parallel_hash128, 29, text, message, LENGTH)
ANY(parallel_hash256, 29, text, message, LENGTH)
ANY(parallel_hash_xof128, 29, text, message, LENGTH)
ANY(parallel_hash_xof256, 29, text, message, LENGTH)
ANY(kt128, message, LENGTH, text)
ANY(kt256, message, LENGTH, text)

static function_t *const functions[] = {
    sha3_224_, sha3_256_, sha3_384_, sha3_512_, keccak_224_, keccak_256_, keccak_384_, keccak_512_,
    shake128_, shake256_, turboshake128_, turboshake256_, cshake128_, cshake256_, kmac128_,
    kmac256_, kmacxof128_, kmacxof256_, tuple_hash128_, tuple_hash256_, tuple_hash_xof128_,
    tuple_hash_xof256_, parallel_hash128_, parallel_hash256_, parallel_hash_xof128_,
    parallel_hash_xof256_, kt128_, kt256_,
};

static void tell(const char *what, int wrong)
{
    printf("%s ", what);
    printf(wrong ? "wrong: %d\n" : "right\n", wrong);
}

static int differs(gluechip_status_t first, gluechip_status_t second)
{
    const int result = first != GLUECHIP_OK || second != GLUECHIP_OK ||
                       memcmp(core, unit, sizeof core) != 0;
    memset(core, 0xee, sizeof core);
    memset(unit, 0xee, sizeof unit);
    return result;
}

static int at_once(void)
{
    int wrong = differs(GLUECHIP_OK, GLUECHIP_OK);
    for (unsigned i = 0; i < sizeof functions / sizeof functions[0]; i++)
        wrong += differs(functions[i](C, core), functions[i](U, unit));
    zkvm_keccak256_hash hash;
    wrong += zkvm_keccak256(message, LENGTH, &hash) != ZKVM_EOK;
    memcpy(unit, hash.data, sizeof hash.data);
    wrong += differs(gluechip_keccak_256(C, message, LENGTH, core), GLUECHIP_OK);
    static uint64_t states[2][25];
    for (unsigned rounds = 12; rounds <= 24; rounds += 12) {
        wrong += gluechip_keccak_f1600(C, states[0], rounds) != GLUECHIP_OK;
        wrong += gluechip_keccak_f1600(U, states[1], rounds) != GLUECHIP_OK;
        wrong += memcmp(states[0], states[1], sizeof states[0]) != 0;
    }
    wrong += gluechip_keccak_f1600_x1(states[1]);
    wrong += gluechip_keccak_f1600(C, states[0], 24) != GLUECHIP_OK;
    return wrong + (memcmp(states[0], states[1], sizeof states[0]) != 0);
}

static int in_pieces(void)
{
    gluechip_tree_hash_t tree;
    gluechip_kt256_init(&tree, U);
    gluechip_kt_update(&tree, message, 70);
    gluechip_kt_update(&tree, message + 70, LENGTH - 70);
    gluechip_kt_final(&tree, text, unit, 1);
    gluechip_status_t status = gluechip_tree_hash_squeeze(&tree, unit + 1, OUTPUT_BYTES - 1);
    int wrong = differs(kt256_(C, core), status);
    gluechip_parallel_hash128_init(&tree, U, 29, text);
    gluechip_parallel_hash_update(&tree, message, 30);
    gluechip_parallel_hash_update(&tree, message + 30, LENGTH - 30);
    status = gluechip_parallel_hash_final(&tree, unit, OUTPUT_BYTES);
    return wrong + differs(parallel_hash128_(C, core), status);
}

static int side_by_side(void)
{
    gluechip_sponge_t sponges[2];
    gluechip_sponge_init(&sponges[0], U, GLUECHIP_SHAKE128);
    gluechip_kmac256_init(&sponges[1], U, key, text);
    for (unsigned from = 0; from < LENGTH; from += 20) {
        gluechip_sponge_update(&sponges[0], message + from, 20);
        gluechip_sponge_update(&sponges[1], message + from, 20);
    }
    const gluechip_sponge_t copy = sponges[0];
    gluechip_sponge_final(&sponges[0], unit, 1);
    gluechip_status_t status = gluechip_sponge_squeeze(&sponges[0], unit + 1, OUTPUT_BYTES - 1);
    int wrong = differs(shake128_(C, core), status);
    wrong += differs(kmac256_(C, core), gluechip_kmac_final(&sponges[1], unit, OUTPUT_BYTES));
    sponges[1] = copy;
    status = gluechip_sponge_final(&sponges[1], unit, OUTPUT_BYTES);
    return wrong + differs(shake128_(C, core), status);
}

static int errors(void)
{
    const gluechip_status_t address = GLUECHIP_ERROR_ADDRESS;
    gluechip_sponge_t sponge;
    gluechip_sponge_init(&sponge, U, GLUECHIP_SHA3_256);
    int wrong = gluechip_sponge_update(&sponge, (void *)4, 1000) != address;
    wrong += gluechip_sponge_update(&sponge, message, 1) != address;
    wrong += gluechip_sponge_final(&sponge, unit, sizeof unit) != address;
    memset(core, 0, sizeof core);
    wrong += differs(GLUECHIP_OK, GLUECHIP_OK);
    /* What the coprocessor does not reach, the core does: its program, here. */
    zkvm_keccak256_hash hash;
    wrong += zkvm_keccak256((const uint8_t *)(uintptr_t)at_once, 10, &hash) != ZKVM_EOK;
    memcpy(unit, hash.data, sizeof hash.data);
    return wrong + differs(gluechip_keccak_256(C, (void *)(uintptr_t)at_once, 10, core),
                           GLUECHIP_OK);
}

int main(void)
{
    for (unsigned i = 0; i < LENGTH; i++)
        message[i] = (uint8_t)(i * i + 3);
    tell("at once", at_once());
    tell("in pieces", in_pieces());
    tell("side by side", side_by_side());
    tell("errors", errors());
    return 0;
}
