/* output:
sha3_224   6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7
sha3_256   a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a
sha3_384   0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004
sha3_512   a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26
keccak_256 c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
shake128   7f9c2ba4e88f827d61604550760585
shake256   46b9dd2b0ba88d13233b3feb743eeb
alignments right
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/keccak.h>

static uint8_t core[400], unit[400], message[300];

static void show(const char *name, gluechip_status_t first, gluechip_status_t second, int bytes)
{
    printf("%-10s ", name);
    if (first != GLUECHIP_OK || second != GLUECHIP_OK || memcmp(core, unit, sizeof core) != 0)
        printf("differs: %d %d ", first, second);
    for (int i = 0; i < bytes; i++)
        printf("%02x", unit[i]);
    printf("\n");
}

#define C GLUECHIP_BACKEND_CPU
#define U GLUECHIP_BACKEND_COPROCESSOR

int main(void)
{
    show("sha3_224", gluechip_sha3_224(C, NULL, 0, core), gluechip_sha3_224(U, NULL, 0, unit), 28);
    show("sha3_256", gluechip_sha3_256(C, NULL, 0, core), gluechip_sha3_256(U, NULL, 0, unit), 32);
    show("sha3_384", gluechip_sha3_384(C, NULL, 0, core), gluechip_sha3_384(U, NULL, 0, unit), 48);
    show("sha3_512", gluechip_sha3_512(C, NULL, 0, core), gluechip_sha3_512(U, NULL, 0, unit), 64);
    show("keccak_256", gluechip_keccak_256(C, NULL, 0, core),
         gluechip_keccak_256(U, NULL, 0, unit), 32);
    show("shake128", gluechip_shake128(C, NULL, 0, core, 15),
         gluechip_shake128(U, NULL, 0, unit, 15), 15);
    show("shake256", gluechip_shake256(C, NULL, 0, core, 15),
         gluechip_shake256(U, NULL, 0, unit, 15), 15);

    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * i + 3);
    int wrong = 0;
    for (unsigned alignment = 0; alignment < 8; alignment++)
        for (unsigned length = 130; length <= 140; length += 3) {
            memset(core, 0xee, sizeof core);
            memset(unit, 0xee, sizeof unit);
            gluechip_shake128(C, message + alignment, length, core + 8 + alignment, 171);
            gluechip_shake128(U, message + alignment, length, unit + 8 + alignment, 171);
            wrong += memcmp(core, unit, sizeof core) != 0;
        }
    puts(wrong ? "alignments wrong" : "alignments right");
    return 0;
}
