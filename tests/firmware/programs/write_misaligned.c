/* output:
before

*** crash: store address misaligned
mcause 0x00000006  mepc 0x8000*  mtval 0x9000*1  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 166
*/
#include <stdint.h>
#include <stdio.h>

static uint32_t words[2];

int main(void)
{
    puts("before");
    *(volatile uint16_t *)((uintptr_t)words + 1) = 1;
    puts("after");
    return 0;
}
