/* Reads an address at which there is nothing. Ends with a crash report. */
#include <stdint.h>
#include <stdio.h>

int main(void)
{
    puts("before");
    return *(volatile int *)(uintptr_t)0x40000000; /* FAULT */
}
