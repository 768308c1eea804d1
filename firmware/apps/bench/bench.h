/* The benchmarks of the core: each prepares its input, works on it, and gives 32 bits that depend
 * on all that it found. They are plain C, so that the host can compile them too.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

void list_prepare(void);
uint32_t list_run(void);
void matrix_prepare(void);
uint32_t matrix_run(void);
void state_prepare(void);
uint32_t state_run(void);
void crc_prepare(void);
uint32_t crc_run(void);
void sort_prepare(void);
uint32_t sort_run(void);
void hash_prepare(void);
uint32_t hash_run(void);
void string_prepare(void);
uint32_t string_run(void);
void interpreter_prepare(void);
uint32_t interpreter_run(void);

/* The next of a fixed sequence of numbers (xorshift32 of Marsaglia); *state must not be 0. */
static inline uint32_t bench_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#define BENCH_FOLD_START 0x811c9dc5u

/* Takes one more word into a digest (the step of FNV-1a, with words in the place of bytes). */
static inline uint32_t bench_fold(uint32_t digest, uint32_t word)
{
    return (digest ^ word) * 0x01000193u;
}

#endif
