// Zeroizes both coprocessors, as after a reset that found them at work, and uses them.
#include <string.h>

#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

enum { SIZE = 16 };

int main(void)
{
    static uint8_t message[200], digest[32], expected[32];
    static int8_t a[SIZE * SIZE];
    static int32_t c[SIZE * SIZE];
    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = i * 7;
    for (unsigned i = 0; i < sizeof a; i++)
        a[i] = i * 5;
    if (gluechip_zeroize(GLUECHIP_COPROCESSOR_MATMUL)
        || gluechip_zeroize(GLUECHIP_COPROCESSOR_KECCAK))
        return 1;
    gluechip_sha3_256(GLUECHIP_BACKEND_CPU, message, sizeof message, expected);
    for (int round = 0; round < 3; round++) {
        gluechip_matmul_job_t product = {.a = a, .b = a, .c = c, .m = SIZE, .n = SIZE, .k = SIZE};
        gluechip_keccak_job_t hash = gluechip_sha3_256_job(message, sizeof message, digest);
        gluechip_ticket_t first, second;
        if (gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &product, NULL, &first)
            || gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &hash, NULL, &second)
            || gluechip_wait(&first, 20000) || gluechip_wait(&second, 20000))
            return 2;
        if (memcmp(digest, expected, sizeof digest))
            return 3;
    }
    return 99;
}
