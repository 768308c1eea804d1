/* A hash table that counts words, keyed by FNV-1a, and XXH32 of a block of bytes. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "bench.h"

#define WORD_BYTES 6
#define WORDS 160
#define DRAWS 400
#define SLOTS 256 /* a power of two */
#define BLOCK_BYTES 1000

typedef struct {
    const char *word; /* NULL: free */
    uint32_t count;
} slot_t;

static char words[WORDS][WORD_BYTES];
static uint8_t draws[DRAWS];
static slot_t slots[SLOTS];
static uint8_t block[BLOCK_BYTES];

void hash_prepare(void)
{
    uint32_t state = 6;
    for (int i = 0; i < WORDS; i++)
        for (int j = 0; j < WORD_BYTES; j++)
            words[i][j] = (char)('a' + (bench_random(&state) >> 8) % 26);
    for (int i = 0; i < DRAWS; i++)
        draws[i] = (uint8_t)((bench_random(&state) >> 8) % WORDS);
    for (int i = 0; i < BLOCK_BYTES; i++)
        block[i] = (uint8_t)(bench_random(&state) >> 24);
    memset(slots, 0, sizeof slots);
}

static uint32_t fnv1a(const char *word)
{
    uint32_t hash = 0x811c9dc5u;
    for (int i = 0; i < WORD_BYTES; i++)
        hash = (hash ^ (uint8_t)word[i]) * 0x01000193u;
    return hash;
}

static bool equal(const char *a, const char *b)
{
    for (int i = 0; i < WORD_BYTES; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The slot of the word, or the free one where it belongs. Fewer words than slots, so it ends. */
static slot_t *find(const char *word)
{
    uint32_t i = fnv1a(word) % SLOTS;
    while (slots[i].word != NULL && !equal(slots[i].word, word))
        i = (i + 1) % SLOTS;
    return &slots[i];
}

static const uint32_t prime[6] = {0, 2654435761u, 2246822519u, 3266489917u, 668265263u, 374761393u};

static uint32_t rotate(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t word_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Source: XXH32 of the xxHash specification, for a length from 16. */
static uint32_t xxh32(const uint8_t *p, uint32_t length, uint32_t seed)
{
    uint32_t lanes[4] = {seed + prime[1] + prime[2], seed + prime[2], seed, seed - prime[1]};
    const uint8_t *const end = p + length;
    for (; end - p >= 16; p += 16)
        for (int i = 0; i < 4; i++)
            lanes[i] = rotate(lanes[i] + word_at(p + 4 * i) * prime[2], 13) * prime[1];
    uint32_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
                    rotate(lanes[3], 18) + length;
    for (; end - p >= 4; p += 4)
        hash = rotate(hash + word_at(p) * prime[3], 17) * prime[4];
    for (; p != end; p++)
        hash = rotate(hash + *p * prime[5], 11) * prime[1];
    hash = (hash ^ hash >> 15) * prime[2];
    hash = (hash ^ hash >> 13) * prime[3];
    return hash ^ hash >> 16;
}

uint32_t hash_run(void)
{
    for (int i = 0; i < DRAWS; i++) {
        slot_t *const slot = find(words[draws[i]]);
        slot->word = words[draws[i]];
        slot->count++;
    }
    uint32_t digest = BENCH_FOLD_START;
    for (int i = 0; i < WORDS; i++)
        digest = bench_fold(digest, find(words[i])->count);
    for (uint32_t seed = 0; seed < 4; seed++)
        digest = bench_fold(digest, xxh32(block, BLOCK_BYTES, seed));
    return digest;
}
