/* Functions of one int8, by table where there are many values. */
#ifndef GLUECHIP_DRIVERS_NN_TABLE_H
#define GLUECHIP_DRIVERS_NN_TABLE_H

#include "layer.h"

#define WORTH_A_TABLE 400 /* values from which on it pays to fill one */

/* output[i] = table[128 + input[i]] */
void look_up(const int8_t *table, const int8_t *input, int8_t *output, int32_t size);

/* output[i] = function(input[i], parameters). `function` is inlined twice. */
INLINE void map(int8_t (*function)(int8_t, const void *), const void *parameters,
                const int8_t *input, int8_t *output, int32_t size)
{
    if (size < WORTH_A_TABLE) {
        for (int32_t i = 0; i < size; i++)
            output[i] = function(input[i], parameters);
    } else {
        int8_t table[256];
        for (int32_t i = 0; i < 256; i++)
            table[i] = function((int8_t)(i - 128), parameters);
        look_up(table, input, output, size);
    }
}

#endif
