/* Divides by zero, which RISC-V defines. Prints "-1 7" and ends with 0. */
#include <stdio.h>

int main(void)
{
    volatile int seven = 7, zero = 0;
    int quotient, remainder; /* in assembler, as C leaves the result undefined */
    __asm__ volatile("div %0, %1, %2" : "=&r"(quotient) : "r"(seven), "r"(zero));
    __asm__ volatile("rem %0, %1, %2" : "=&r"(remainder) : "r"(seven), "r"(zero));
    printf("%d %d\n", quotient, remainder);
    return 0;
}
