#include "layer.h"

#define AT_ONCE 4

/* No branch depends on the values. */
INLINE int32_t clamped(int32_t value, int32_t least, int32_t most)
{
#ifdef __riscv_zbb
    value = value < least ? least : value;
    return value > most ? most : value;
#else
    const int32_t above = value - least;
    const int32_t below = most - (least + (above & ~(above >> 31)));
    return most - (below & ~(below >> 31));
#endif
}

gluechip_status_t gluechip_add_table_s8(const int32_t *tables, int32_t fraction_bits,
                                        const int8_t *input_1, const int8_t *input_2,
                                        int8_t *output, int32_t activation_min,
                                        int32_t activation_max, int32_t size)
{
    if (tables == NULL || input_1 == NULL || input_2 == NULL || output == NULL || size < 1 ||
        !is_between(fraction_bits, 0, 31) || !is_output(0, activation_min, activation_max))
        return GLUECHIP_ERROR_ARGUMENT;
    const int32_t *const firsts = tables + 128, *const seconds = tables + 256 + 128;
#define SUM(i)                                                                                     \
    clamped((int32_t)((uint32_t)firsts[input_1[i]] + (uint32_t)seconds[input_2[i]]) >>             \
                fraction_bits,                                                                     \
            activation_min, activation_max)
    const int8_t *const end = output + size;
    for (; end - output >= AT_ONCE;
         input_1 += AT_ONCE, input_2 += AT_ONCE, output += AT_ONCE) {
        const int32_t sum_0 = SUM(0), sum_1 = SUM(1), sum_2 = SUM(2), sum_3 = SUM(3);
        output[0] = (int8_t)sum_0;
        output[1] = (int8_t)sum_1;
        output[2] = (int8_t)sum_2;
        output[3] = (int8_t)sum_3;
    }
    for (; output != end; input_1++, input_2++, output++)
        *output = (int8_t)SUM(0);
#undef SUM
    return GLUECHIP_OK;
}
