#include "table.h"

void look_up(const int8_t *table, const int8_t *input, int8_t *output, int32_t size)
{
    const int8_t *const middle = table + 128, *const end = input + size;
    /* All loads before the stores: a load right behind a store takes longer. */
    for (; end - input >= 4; input += 4, output += 4) {
        const int8_t value_0 = middle[input[0]], value_1 = middle[input[1]];
        const int8_t value_2 = middle[input[2]], value_3 = middle[input[3]];
        output[0] = value_0;
        output[1] = value_1;
        output[2] = value_2;
        output[3] = value_3;
    }
    while (input != end)
        *output++ = middle[*input++];
}

gluechip_status_t gluechip_lookup_s8(const int8_t *table, const int8_t *input, int8_t *output,
                                     int32_t size)
{
    if (table == NULL || input == NULL || output == NULL || size < 1)
        return GLUECHIP_ERROR_ARGUMENT;
    look_up(table, input, output, size);
    return GLUECHIP_OK;
}
