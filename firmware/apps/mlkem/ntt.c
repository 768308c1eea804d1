#include "ntt.h"

/* FIPS 203 appendix A: 17^BitRev7(i) mod q. */
#define Z FACTOR
static const uint32_t zetas[128] = {
    Z(1), Z(1729), Z(2580), Z(3289), Z(2642), Z(630), Z(1897), Z(848),
    Z(1062), Z(1919), Z(193), Z(797), Z(2786), Z(3260), Z(569), Z(1746),
    Z(296), Z(2447), Z(1339), Z(1476), Z(3046), Z(56), Z(2240), Z(1333),
    Z(1426), Z(2094), Z(535), Z(2882), Z(2393), Z(2879), Z(1974), Z(821),
    Z(289), Z(331), Z(3253), Z(1756), Z(1197), Z(2304), Z(2277), Z(2055),
    Z(650), Z(1977), Z(2513), Z(632), Z(2865), Z(33), Z(1320), Z(1915),
    Z(2319), Z(1435), Z(807), Z(452), Z(1438), Z(2868), Z(1534), Z(2402),
    Z(2647), Z(2617), Z(1481), Z(648), Z(2474), Z(3110), Z(1227), Z(910),
    Z(17), Z(2761), Z(583), Z(2649), Z(1637), Z(723), Z(2288), Z(1100),
    Z(1409), Z(2662), Z(3281), Z(233), Z(756), Z(2156), Z(3015), Z(3050),
    Z(1703), Z(1651), Z(2789), Z(1789), Z(1847), Z(952), Z(1461), Z(2687),
    Z(939), Z(2308), Z(2437), Z(2388), Z(733), Z(2337), Z(268), Z(641),
    Z(1584), Z(2298), Z(2037), Z(3220), Z(375), Z(2549), Z(2090), Z(1645),
    Z(1063), Z(319), Z(2773), Z(757), Z(2099), Z(561), Z(2466), Z(2594),
    Z(2804), Z(1092), Z(403), Z(1026), Z(1143), Z(2150), Z(2775), Z(886),
    Z(1722), Z(1212), Z(1874), Z(1029), Z(2110), Z(2935), Z(885), Z(2154),
};

#define SCALE 3303 /* 1 / 128 */

/* Layers are taken three at a time, on eight numbers in registers; the seventh by itself. */

/* Butterfly of the transform: `a` and `b` become a + zeta b and a - zeta b. The product is below
 * q. */
INLINE void forward(uint32_t *a, uint32_t *b, uint32_t factor)
{
    const uint32_t t = times(*b, factor);
    *b = *a - t;
    *a += t;
}

/* That of the inverse: a + b and zeta (b - a), the latter below q. `a` is below 16q. */
INLINE void inverse(uint32_t *a, uint32_t *b, uint32_t factor)
{
    const uint32_t t = *b + 16 * Q - *a;
    *a += *b;
    *b = times(t, factor);
}

INLINE void load_8(uint32_t x[8], const uint16_t *f, unsigned stride)
{
    for (int i = 0; i < 8; i++)
        x[i] = f[i * stride];
}

INLINE void store_8(uint16_t *f, const uint32_t x[8], unsigned stride)
{
    for (int i = 0; i < 8; i++)
        f[i * stride] = (uint16_t)x[i];
}

/* Three layers, whose pairs are 4, 2 and 1 apart. */
INLINE void forward_3(uint32_t x[8], const uint32_t factors[7])
{
    for (int i = 0; i < 4; i++)
        forward(&x[i], &x[i + 4], factors[0]);
    for (int half = 0; half < 2; half++)
        for (int i = 4 * half; i < 4 * half + 2; i++)
            forward(&x[i], &x[i + 2], factors[1 + half]);
    for (int quarter = 0; quarter < 4; quarter++)
        forward(&x[2 * quarter], &x[2 * quarter + 1], factors[3 + quarter]);
}

/* Three layers, whose pairs are 1, 2 and 4 apart, on numbers below 4q. x[0], which is always a sum,
 * ends below 32q, x[1] below 4q, the others below 2q. */
INLINE void inverse_3(uint32_t x[8], const uint32_t factors[7])
{
    for (int quarter = 0; quarter < 4; quarter++)
        inverse(&x[2 * quarter], &x[2 * quarter + 1], factors[3 + quarter]);
    for (int half = 0; half < 2; half++)
        for (int i = 4 * half; i < 4 * half + 2; i++)
            inverse(&x[i], &x[i + 2], factors[1 + half]);
    for (int i = 0; i < 4; i++)
        inverse(&x[i], &x[i + 4], factors[0]);
}

void ntt(poly_t *f)
{
    uint32_t x[8], factors[7];
    for (int i = 0; i < 7; i++)
        factors[i] = zetas[1 + i];
    for (uint16_t *p = f->at; p < f->at + N / 8; p++) {
        load_8(x, p, N / 8);
        for (int i = 0; i < 4; i++)
            x[i] += 7 * Q; /* what the seven layers subtract at most */
        forward_3(x, factors);
        store_8(p, x, N / 8);
    }
    for (int block = 0; block < 8; block++) {
        factors[0] = zetas[8 + block];
        for (int i = 0; i < 2; i++)
            factors[1 + i] = zetas[16 + 2 * block + i];
        for (int i = 0; i < 4; i++)
            factors[3 + i] = zetas[32 + 4 * block + i];
        uint16_t *const start = f->at + N / 8 * block;
        for (uint16_t *p = start; p < start + 4; p++) {
            load_8(x, p, 4);
            forward_3(x, factors);
            store_8(p, x, 4);
        }
    }
    const uint32_t *zeta = zetas + 64;
    for (uint16_t *p = f->at; p < f->at + N; p += 4, zeta++) {
        uint32_t a = p[0], b = p[1], c = p[2], d = p[3];
        forward(&a, &c, *zeta);
        forward(&b, &d, *zeta);
        p[0] = (uint16_t)a, p[1] = (uint16_t)b, p[2] = (uint16_t)c, p[3] = (uint16_t)d;
    }
}

void ntt_inverse(poly_t *f)
{
    const uint32_t *zeta = zetas + 127;
    for (uint16_t *p = f->at; p < f->at + N; p += 4, zeta--) {
        uint32_t a = p[0], b = p[1], c = p[2], d = p[3];
        inverse(&a, &c, *zeta);
        inverse(&b, &d, *zeta);
        p[0] = (uint16_t)a, p[1] = (uint16_t)b, p[2] = (uint16_t)c, p[3] = (uint16_t)d;
    }
    uint32_t x[8], factors[7];
    for (int block = 0; block < 8; block++) {
        for (int i = 0; i < 4; i++)
            factors[3 + i] = zetas[63 - 4 * block - i];
        for (int i = 0; i < 2; i++)
            factors[1 + i] = zetas[31 - 2 * block - i];
        factors[0] = zetas[15 - block];
        uint16_t *const start = f->at + N / 8 * block;
        for (uint16_t *p = start; p < start + 4; p++) {
            load_8(x, p, 4);
            inverse_3(x, factors);
            x[0] = canonical(x[0]);
            store_8(p, x, 4);
        }
    }
    for (int i = 0; i < 4; i++)
        factors[3 + i] = zetas[7 - i];
    for (int i = 0; i < 2; i++)
        factors[1 + i] = zetas[3 - i];
    factors[0] = FACTOR(1729 * SCALE % Q);
    for (uint16_t *p = f->at; p < f->at + N / 8; p++) {
        load_8(x, p, N / 8);
        inverse_3(x, factors);
        for (int i = 0; i < 4; i++)
            x[i] = times(x[i], FACTOR(SCALE));
        store_8(p, x, N / 8);
    }
}

/* Lets the compiler mix nothing from before with what comes after: registers would not suffice. */
#define IN_ORDER() __asm__ volatile("" : : : "memory")

/* Sums over the products of pairs, which stay below 2^32: of the first numbers, of the second ones,
 * and of the mixed ones. */
typedef struct {
    uint32_t first, second, mixed;
} sums_t;

INLINE sums_t sums_at(const poly_t a[K], const poly_t b[K], int i)
{
    sums_t sums = {0, 0, 0};
    for (int j = 0; j < K; j++) {
        const uint32_t a0 = a[j].at[i], a1 = a[j].at[i + 1], b0 = b[j].at[i], b1 = b[j].at[i + 1];
        sums.first += a0 * b0;
        sums.second += a1 * b1;
        sums.mixed += a0 * b1 + a1 * b0;
    }
    return sums;
}

void dot(poly_t *sum, const poly_t a[K], const poly_t b[K])
{
    const uint32_t *gamma = zetas + 64; /* of one pair; that of the next is its negative */
    for (int i = 0; i < N; i += 4, gamma++) {
        const sums_t x = sums_at(a, b, i);
        sum->at[i] = (uint16_t)reduce(x.first + times(reduce(x.second), *gamma));
        sum->at[i + 1] = (uint16_t)reduce(x.mixed);
        IN_ORDER();
        const sums_t y = sums_at(a, b, i + 2);
        sum->at[i + 2] = (uint16_t)reduce(y.first + Q - times(reduce(y.second), *gamma));
        sum->at[i + 3] = (uint16_t)reduce(y.mixed);
        IN_ORDER();
    }
}
