#include "table.h"

void look_up(const int8_t *table, const int8_t *input, int8_t *output, int32_t size)
{
    const int8_t *const middle = table + 128;
    for (const int8_t *const end = input + size; input != end;)
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
