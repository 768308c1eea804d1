/* Says so and runs until it is stopped. */
#include <stdio.h>

int main(void)
{
    puts("running");
    for (;;)
        __asm__ volatile("");
}
