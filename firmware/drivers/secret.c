#include <gluechip/secret.h>

#include <string.h>

void gluechip_wipe(void *where, uint32_t bytes)
{
    memset(where, 0, bytes);
    /* For all that the compiler knows, this reads what `where` points to. */
    __asm__ volatile("" : : "r"(where) : "memory");
}

bool gluechip_equal(const void *a, const void *b, uint32_t bytes)
{
    const uint8_t *x = a, *y = b;
    uint32_t difference = 0;
    for (; bytes != 0; bytes--)
        difference |= (uint32_t)(*x++ ^ *y++);
    __asm__ volatile("" : "+r"(difference)); /* keeps the loop from ending early */
    return difference == 0;
}
