/* Fills a table for the host to read. Ends with 0. */
#include <stdint.h>

uint16_t table[100];

int main(void)
{
    for (unsigned i = 0; i < 100; i++)
        table[i] = (uint16_t)(i * i);
    return 0;
}
