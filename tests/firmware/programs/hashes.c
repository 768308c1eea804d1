/* output:
sha3_224   6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7
sha3_256   a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a
sha3_384   0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004
sha3_512   a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26
keccak_256 c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
shake128   7f9c2ba4e88f827d61604550760585
shake256   46b9dd2b0ba88d13233b3feb743eeb
alignments right
parts, batches and states right
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/keccak.h>

static uint8_t core[408], unit[408], message[300], whole[200];

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

/* Runs `job` on both, with output and state in the halves of `core` and `unit`. */
static int differs(gluechip_keccak_job_t job)
{
    const uint32_t output = job.destination == NULL ? 0 : 200;
    job.destination = core + 1;
    job.state = core + output;
    const gluechip_status_t first = gluechip_keccak(C, &job);
    job.destination = unit + 1;
    job.state = unit + output;
    const gluechip_status_t second = gluechip_keccak(U, &job);
    return first != GLUECHIP_OK || second != GLUECHIP_OK || memcmp(core, unit, sizeof core) != 0;
}

/* The state goes from part to part; the last part gives what the whole message gives. */
static int differs_in_parts(void)
{
    gluechip_keccak_job_t job = gluechip_shake128_job(message + 1, 168, core, 0);
    int wrong = 0;
    memset(core, 0, sizeof core);
    memset(unit, 0, sizeof unit);
    job.no_padding = job.store_state = true;
    wrong += differs(job);
    job.load_state = true;
    job.no_padding = false;
    job.source = message + 169;
    job.length = 100;
    job.output_length = 168;
    wrong += differs(job);
    job.no_padding = true;
    job.length = 0;
    job.output_length = 30;
    memcpy(whole, unit + 1, 168);
    wrong += differs(job);
    memcpy(whole + 168, unit + 1, 30);
    memset(core, 0, sizeof core);
    gluechip_shake128(C, message + 1, 268, core, 198);
    return wrong + (memcmp(core, whole, 198) != 0);
}

static int differs_in_batches(void)
{
    gluechip_keccak_job_t job = gluechip_keccak_256_job(message + 3, 64, core);
    int wrong = 0;
    for (job.count = 0; job.count < 4; job.count++)
        for (job.source_stride = 0; job.source_stride < 100; job.source_stride += 33)
            for (job.destination_stride = 32; job.destination_stride < 40;
                 job.destination_stride += 5) {
                memset(core, 0xee, sizeof core);
                memset(unit, 0xee, sizeof unit);
                wrong += differs(job);
            }
    return wrong;
}

/* Keccak-f[1600] of zeros; the first lanes are from the reference of its designers. */
static int permutes(void)
{
    static const uint8_t expected[16] = {0xe7, 0xdd, 0xe1, 0x40, 0x79, 0x8f, 0x25, 0xf1,
                                         0x8a, 0x47, 0xc0, 0x33, 0xf9, 0xcc, 0xd5, 0x84};
    const gluechip_keccak_job_t job = {.rate_bytes = 136, .rounds = 24, .no_padding = true,
                                       .load_state = true, .store_state = true};
    memset(core, 0, sizeof core);
    memset(unit, 0, sizeof unit);
    return !differs(job) && memcmp(unit, expected, sizeof expected) == 0;
}

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
    wrong = differs_in_parts() + differs_in_batches() + !permutes();
    printf(wrong ? "parts, batches and states: %d wrong\n" : "parts, batches and states right\n",
           wrong);
    return 0;
}
