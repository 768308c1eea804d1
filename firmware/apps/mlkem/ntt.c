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

void ntt(poly_t *f)
{
    const uint32_t *zeta = zetas + 1;
    for (int i = 0; i < N; i++)
        f->at[i] += 7 * Q; /* what the seven layers subtract at most */
    for (int length = 128; length >= 2; length /= 2)
        for (int start = 0; start < N; start += 2 * length, zeta++)
            for (int i = start; i < start + length; i++) {
                const uint32_t t = times(f->at[i + length], *zeta);
                f->at[i + length] = (uint16_t)(f->at[i] - t);
                f->at[i] = (uint16_t)(f->at[i] + t);
            }
}

void ntt_inverse(poly_t *f)
{
    const uint32_t *zeta = zetas + 127;
    for (int length = 2; length <= 128; length *= 2)
        for (int start = 0; start < N; start += 2 * length, zeta--)
            for (int i = start; i < start + length; i++) {
                const uint32_t a = f->at[i], b = f->at[i + length];
                f->at[i] = (uint16_t)canonical(a + b);
                f->at[i + length] = (uint16_t)times(b + 2 * Q - a, *zeta);
            }
    for (int i = 0; i < N; i++)
        f->at[i] = (uint16_t)times(f->at[i], FACTOR(3303)); /* 1 / 128 */
}

void dot(poly_t *sum, const poly_t a[K], const poly_t b[K])
{
    for (int i = 0; i < N; i += 2) {
        uint32_t even = 0, odd = 0, square = 0;
        for (int j = 0; j < K; j++) {
            even += a[j].at[i] * (uint32_t)b[j].at[i];
            odd += a[j].at[i] * (uint32_t)b[j].at[i + 1] + a[j].at[i + 1] * (uint32_t)b[j].at[i];
            square += a[j].at[i + 1] * (uint32_t)b[j].at[i + 1];
        }
        const uint32_t t = times(reduce(square), zetas[64 + i / 4]);
        sum->at[i] = (uint16_t)reduce(i % 4 == 0 ? even + t : even + Q - t);
        sum->at[i + 1] = (uint16_t)reduce(odd);
    }
}
