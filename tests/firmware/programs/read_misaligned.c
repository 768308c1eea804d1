/* output:
before

*** crash: load address misaligned
mcause 0x00000004  mepc 0x8000*  mtval 0x9000*2  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 164
*/
#include <stdint.h>
#include <stdio.h>

static uint32_t words[2];

int main(void)
{
    puts("before");
    (void)*(volatile uint32_t *)((uintptr_t)words + 2);
    puts("after");
    return 0;
}
