/* Calls a function that is data in RAM. Ends with a crash report. */
#include <stdint.h>
#include <stdio.h>

static uint32_t code[] = {0x00008067}; /* ret */

int main(void)
{
    void (*volatile function)(void) = (void (*)(void))(uintptr_t)code;
    puts("before");
    function(); /* FAULT */
    puts("after");
    return 0;
}
