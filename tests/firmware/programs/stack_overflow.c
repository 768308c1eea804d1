/* output:
before

*** crash: store access fault
The stack has overflowed: give it more with --stack-bytes.
mcause 0x00000007  mepc 0x8000*  mtval 0x8fff*  mstatus 0x*
*
exit: 167
*/
#include <stdio.h>

static int deep(int level)
{
    volatile int frame[16];
    for (int i = 0; i < 16; i++)
        frame[i] = level;
    return deep(level + 1) + frame[level & 15];
}

int main(void)
{
    puts("before");
    return deep(0);
}
