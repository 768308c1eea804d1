/* output:
7 / 0 = -1, remainder 7
7 / 0 = 4294967295, remainder 7 (unsigned)
-2147483648 / -1 = -2147483648, remainder 0
-7 / 2 = -3, remainder -1
12345678901234567890 / 987654321 = 12499999887, remainder 339506163
exit: 0
*/
#include <stdint.h>
#include <stdio.h>

/* Division by zero does not trap on RISC-V: the results are defined (Unprivileged 20191213, 7.2).
 * In C it is undefined, so the instructions are written out. */
static int32_t divide(int32_t a, int32_t b)
{
    int32_t quotient;
    __asm__ volatile("div %0, %1, %2" : "=r"(quotient) : "r"(a), "r"(b));
    return quotient;
}

static int32_t remainder(int32_t a, int32_t b)
{
    int32_t rest;
    __asm__ volatile("rem %0, %1, %2" : "=r"(rest) : "r"(a), "r"(b));
    return rest;
}

static uint32_t divide_unsigned(uint32_t a, uint32_t b)
{
    uint32_t quotient;
    __asm__ volatile("divu %0, %1, %2" : "=r"(quotient) : "r"(a), "r"(b));
    return quotient;
}

int main(void)
{
    volatile uint64_t big = 12345678901234567890ull, divisor = 987654321;
    printf("7 / 0 = %d, remainder %d\n", (int)divide(7, 0), (int)remainder(7, 0));
    printf("7 / 0 = %u, remainder %d (unsigned)\n", (unsigned)divide_unsigned(7, 0),
           (int)remainder(7, 0));
    printf("%d / -1 = %d, remainder %d\n", (int)INT32_MIN, (int)divide(INT32_MIN, -1),
           (int)remainder(INT32_MIN, -1));
    printf("-7 / 2 = %d, remainder %d\n", (int)divide(-7, 2), (int)remainder(-7, 2));
    printf("%llu / %llu = %llu, remainder %llu\n", (unsigned long long)big,
           (unsigned long long)divisor, (unsigned long long)(big / divisor),
           (unsigned long long)(big % divisor));
    return 0;
}
