/* Fills a table for the host to read. Ends with 0. */
#include <stdint.h>

uint16_t table[100];
volatile uint8_t report[4] = {0, 1, 2, 3}; /* the runner has a file of this name */

int main(void)
{
    for (unsigned i = 0; i < 100; i++)
        table[i] = (uint16_t)(i * i);
    return report[0];
}
