#include <gluechip/secret.h>

bool gluechip_equal(const void *a, const void *b, uint32_t bytes)
{
    const uint8_t *x = a, *y = b;
    uint32_t difference = 0;
    for (; bytes != 0; bytes--) {
        difference |= (uint32_t)(*x++ ^ *y++);
        __asm__ volatile("" : "+r"(difference)); /* the compiler cannot end the loop early */
    }
    return difference == 0;
}
