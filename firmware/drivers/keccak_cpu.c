/* Keccak in plain C, as fast as we can write it for a 32-bit core without rotate instructions.
 *
 * Lanes are kept bit-interleaved: word 0 holds the even bits of a lane and word 1 the odd ones, so
 * that a rotation of 64 bits is two of 32, and one half of a plane fits in registers. Six lanes
 * are kept complemented, which saves most of the NOTs of chi. Both tricks are of the Keccak
 * implementation overview (Bertoni, Daemen, Peeters, Van Assche, Van Keer) 2.1 and 2.2.
 */
#include <stddef.h>

#include <gluechip/secret.h>

#include "keccak/check.h"

#define LANES 25
#define PERMUTE_FRAME_BYTES 512 /* more than it takes: a copy, parities, registers */
#define COMPLEMENTED_LANES ((1u << 1) | (1u << 2) | (1u << 8) | (1u << 12) | (1u << 17) | (1u << 20))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

/* FIPS 202 3.2.5: a round constant has bits at the positions 2^j - 1 only. */
#define ODD_BIT(c, position) ((uint32_t)((c) >> (position) & 1) << ((position) / 2))
#define INTERLEAVED(c)                                                                             \
    {                                                                                              \
        (uint32_t)((c) & 1), ODD_BIT(c, 1) | ODD_BIT(c, 3) | ODD_BIT(c, 7) | ODD_BIT(c, 15) |      \
                                 ODD_BIT(c, 31) | ODD_BIT(c, 63)                                   \
    }
static const uint32_t round_constants[24][2] = {
    INTERLEAVED(0x0000000000000001ull), INTERLEAVED(0x0000000000008082ull),
    INTERLEAVED(0x800000000000808aull), INTERLEAVED(0x8000000080008000ull),
    INTERLEAVED(0x000000000000808bull), INTERLEAVED(0x0000000080000001ull),
    INTERLEAVED(0x8000000080008081ull), INTERLEAVED(0x8000000000008009ull),
    INTERLEAVED(0x000000000000008aull), INTERLEAVED(0x0000000000000088ull),
    INTERLEAVED(0x0000000080008009ull), INTERLEAVED(0x000000008000000aull),
    INTERLEAVED(0x000000008000808bull), INTERLEAVED(0x800000000000008bull),
    INTERLEAVED(0x8000000000008089ull), INTERLEAVED(0x8000000000008003ull),
    INTERLEAVED(0x8000000000008002ull), INTERLEAVED(0x8000000000000080ull),
    INTERLEAVED(0x000000000000800aull), INTERLEAVED(0x800000008000000aull),
    INTERLEAVED(0x8000000080008081ull), INTERLEAVED(0x8000000000008080ull),
    INTERLEAVED(0x0000000080000001ull), INTERLEAVED(0x8000000080008008ull),
};

INLINE uint32_t rotate(uint32_t x, unsigned by)
{
    return by % 32 == 0 ? x : x << by % 32 | x >> (32 - by % 32);
}

/* Makes the compiler load and store what comes before and after in that order: it would else fetch
 * the whole state first, which does not fit the registers. No instruction comes of it. */
#define NOW() __asm__ volatile("" : : : "memory")

/* Half `h` of lane `lane` after theta, and after rho by `r`. An odd rotation swaps the halves. */
#define RHO(lane, r, h)                                                                            \
    rotate(from[2 * (lane) + ((h) ^ ((r) & 1))] ^ d[2 * ((lane) % 5) + ((h) ^ ((r) & 1))],         \
           ((r) + 1 - (h)) / 2)

/* Writes half `h` of plane `y`, and takes it into the column parities of the next round. */
#define PUT(y, h, e0, e1, e2, e3, e4)                                                              \
    do {                                                                                           \
        const uint32_t f0 = (e0), f1 = (e1), f2 = (e2), f3 = (e3), f4 = (e4);                      \
        to[10 * (y) + 0 + (h)] = f0, parity0 ^= f0;                                                \
        to[10 * (y) + 2 + (h)] = f1, parity1 ^= f1;                                                \
        to[10 * (y) + 4 + (h)] = f2, parity2 ^= f2;                                                \
        to[10 * (y) + 6 + (h)] = f3, parity3 ^= f3;                                                \
        to[10 * (y) + 8 + (h)] = f4, parity4 ^= f4;                                                \
    } while (0)

/* Rho, pi, chi and iota of one half of all planes; each plane has its own form of chi, which
 * follows from the lanes that are complemented before and after. */
#define HALF_ROUND(h, constant)                                                                    \
    do {                                                                                           \
        uint32_t parity0 = 0, parity1 = 0, parity2 = 0, parity3 = 0, parity4 = 0;                  \
        NOW();                                                                                     \
        {                                                                                          \
            const uint32_t b0 = RHO(0, 0, h), b1 = RHO(6, 44, h), b2 = RHO(12, 43, h),             \
                           b3 = RHO(18, 21, h), b4 = RHO(24, 14, h);                               \
            PUT(0, h, b0 ^ (b1 | b2) ^ (constant), b1 ^ (~b2 | b3), b2 ^ (b3 & b4),                \
                b3 ^ (b4 | b0), b4 ^ (b0 & b1));                                                   \
        }                                                                                          \
        NOW();                                                                                     \
        {                                                                                          \
            const uint32_t b0 = RHO(3, 28, h), b1 = RHO(9, 20, h), b2 = RHO(10, 3, h),             \
                           b3 = RHO(16, 45, h), b4 = RHO(22, 61, h);                               \
            PUT(1, h, b0 ^ (b1 | b2), b1 ^ (b2 & b3), b2 ^ (b3 | ~b4), b3 ^ (b4 | b0),             \
                b4 ^ (b0 & b1));                                                                   \
        }                                                                                          \
        NOW();                                                                                     \
        {                                                                                          \
            const uint32_t b0 = RHO(1, 1, h), b1 = RHO(7, 6, h), b2 = RHO(13, 25, h),              \
                           b3 = ~RHO(19, 8, h), b4 = RHO(20, 18, h);                               \
            PUT(2, h, b0 ^ (b1 | b2), b1 ^ (b2 & ~b3), b2 ^ (b3 & b4), b3 ^ (b4 | b0),             \
                b4 ^ (b0 & b1));                                                                   \
        }                                                                                          \
        NOW();                                                                                     \
        {                                                                                          \
            const uint32_t b0 = RHO(4, 27, h), b1 = RHO(5, 36, h), b2 = RHO(11, 10, h),            \
                           b3 = ~RHO(17, 15, h), b4 = RHO(23, 56, h);                              \
            PUT(3, h, b0 ^ (b1 & b2), b1 ^ (b2 | ~b3), b2 ^ (b3 | b4), b3 ^ (b4 & b0),             \
                b4 ^ (b0 | b1));                                                                   \
        }                                                                                          \
        NOW();                                                                                     \
        {                                                                                          \
            const uint32_t b0 = RHO(2, 62, h), b1 = ~RHO(8, 55, h), b2 = RHO(14, 39, h),           \
                           b3 = RHO(15, 41, h), b4 = RHO(21, 2, h);                                \
            PUT(4, h, b0 ^ (b1 & b2), b1 ^ (b2 | b3), b2 ^ (b3 & b4), b3 ^ (b4 | b0),              \
                b4 ^ (b0 & ~b1));                                                                  \
        }                                                                                          \
        c[0 + (h)] = parity0, c[2 + (h)] = parity1, c[4 + (h)] = parity2, c[6 + (h)] = parity3,    \
                c[8 + (h)] = parity4;                                                              \
    } while (0)

/* One round from `from` to `to`. `c` are the column parities of `from`, then those of `to`. */
INLINE void one_round(const uint32_t *restrict from, uint32_t *restrict to, uint32_t c[10],
                      const uint32_t constant[2])
{
    uint32_t d[10];
    for (int x = 0; x < 5; x++) {
        const int left = 2 * ((x + 4) % 5), right = 2 * ((x + 1) % 5);
        d[2 * x] = c[left] ^ rotate(c[right + 1], 1); /* a rotation of 64 bits by one */
        d[2 * x + 1] = c[left + 1] ^ c[right];
    }
    HALF_ROUND(0, constant[0]);
    HALF_ROUND(1, constant[1]);
}

static NOINLINE void permute(uint32_t state[2 * LANES], unsigned rounds)
{
    uint32_t other[2 * LANES], c[10];
    __asm__ volatile("" : : "r"(other) : "memory"); /* keeps it in memory, see NOW() */
    for (int i = 0; i < 10; i++)
        c[i] = state[i] ^ state[10 + i] ^ state[20 + i] ^ state[30 + i] ^ state[40 + i];
    for (unsigned i = 24 - rounds; i < 24; i += 2) {
        one_round(state, other, c, round_constants[i]);
        one_round(other, state, c, round_constants[i + 1]);
    }
}

/* Moves the even bits of `x` to its low half and the odd ones to its high half. */
INLINE uint32_t unshuffle(uint32_t x)
{
    uint32_t t;
    t = (x ^ (x >> 1)) & 0x22222222, x ^= t ^ (t << 1);
    t = (x ^ (x >> 2)) & 0x0c0c0c0c, x ^= t ^ (t << 2);
    t = (x ^ (x >> 4)) & 0x00f000f0, x ^= t ^ (t << 4);
    t = (x ^ (x >> 8)) & 0x0000ff00, x ^= t ^ (t << 8);
    return x;
}

INLINE uint32_t shuffle(uint32_t x)
{
    uint32_t t;
    t = (x ^ (x >> 8)) & 0x0000ff00, x ^= t ^ (t << 8);
    t = (x ^ (x >> 4)) & 0x00f000f0, x ^= t ^ (t << 4);
    t = (x ^ (x >> 2)) & 0x0c0c0c0c, x ^= t ^ (t << 2);
    t = (x ^ (x >> 1)) & 0x22222222, x ^= t ^ (t << 1);
    return x;
}

INLINE void absorb_lane(uint32_t lane[2], uint32_t low, uint32_t high)
{
    low = unshuffle(low), high = unshuffle(high);
    lane[0] ^= (low & 0xffff) | high << 16;
    lane[1] ^= low >> 16 | (high & 0xffff0000);
}

INLINE uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void absorb(uint32_t state[2 * LANES], const uint8_t *block, unsigned rate_bytes)
{
    const uint8_t *const end = block + rate_bytes;
    if (((uintptr_t)block & 3) == 0)
        for (; block != end; block += 8, state += 2)
            absorb_lane(state, *(const uint32_t *)(const void *)block,
                        *(const uint32_t *)(const void *)(block + 4));
    else
        for (; block != end; block += 8, state += 2)
            absorb_lane(state, word(block), word(block + 4));
}

static void squeeze(const uint32_t state[2 * LANES], uint8_t *output, unsigned bytes)
{
    uint32_t words[2] = {0, 0};
    for (unsigned i = 0; i < bytes; i++) {
        if (i % 8 == 0) {
            const uint32_t flip = (COMPLEMENTED_LANES >> (i / 8) & 1) ? ~0u : 0;
            const uint32_t even = state[i / 4] ^ flip, odd = state[i / 4 + 1] ^ flip;
            words[0] = shuffle((even & 0xffff) | odd << 16);
            words[1] = shuffle(even >> 16 | (odd & 0xffff0000));
        }
        output[i] = (uint8_t)(words[i / 4 % 2] >> i % 4 * 8);
    }
}

gluechip_status_t gluechip_keccak_check(const gluechip_keccak_job_t *job)
{
    return check_keccak_job(job);
}

/* The last block of a message, of which `left` bytes are there. */
static void absorb_last(uint32_t state[2 * LANES], const gluechip_keccak_job_t *job,
                        const uint8_t *source, uint32_t left)
{
    const unsigned rate = job->rate_bytes;
    uint32_t block[GLUECHIP_KECCAK_MAXIMUM_RATE_BYTES / 4];
    uint8_t *const bytes = (uint8_t *)block;
    for (unsigned i = 0; i < rate; i++)
        bytes[i] = i < left ? source[i] : 0;
    if (!job->no_padding) {
        bytes[left] = job->domain;
        bytes[rate - 1] |= 0x80;
    }
    absorb(state, bytes, rate);
    gluechip_wipe(block, sizeof block);
}

/* Overwrites what permute() has left of the state below the stack pointer, where it kept its copy
 * and the parities. To be called from where permute() was. */
static NOINLINE void wipe_stack(void)
{
    uint32_t frame[PERMUTE_FRAME_BYTES / 4];
    gluechip_wipe(frame, sizeof frame);
}

/* One message and its output. */
static void hash(const gluechip_keccak_job_t *job, const uint8_t *source, uint8_t *destination)
{
    const unsigned rate = job->rate_bytes;
    uint32_t state[2 * LANES];
    for (unsigned i = 0; i < LANES; i++)
        state[2 * i] = state[2 * i + 1] = (COMPLEMENTED_LANES >> i & 1) ? ~0u : 0;
    if (job->load_state)
        absorb(state, job->state, GLUECHIP_KECCAK_STATE_BYTES);

    const uint32_t last_most = job->no_padding ? rate : rate - 1;
    uint32_t left = job->length;
    for (; left > last_most; left -= rate, source += rate) {
        absorb(state, source, rate);
        permute(state, job->rounds);
    }
    absorb_last(state, job, source, left);

    for (left = job->output_length;; left -= rate, destination += rate) {
        permute(state, job->rounds);
        squeeze(state, destination, left < rate ? left : rate);
        if (left <= rate)
            break;
    }
    if (job->store_state)
        squeeze(state, job->state, GLUECHIP_KECCAK_STATE_BYTES);
    gluechip_wipe(state, sizeof state);
    wipe_stack();
}

gluechip_status_t gluechip_keccak_cpu(const gluechip_keccak_job_t *job)
{
    const gluechip_status_t status = gluechip_keccak_check(job);
    if (status != GLUECHIP_OK)
        return status;
    const uint8_t *source = job->source;
    uint8_t *destination = job->destination;
    for (uint32_t left = job->count == 0 ? 1 : job->count; left != 0; left--) {
        hash(job, source, destination);
        source += job->source_stride;
        destination += job->destination_stride;
    }
    return GLUECHIP_OK;
}
