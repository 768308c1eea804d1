/* output:
before

*** crash: breakpoint
mcause 0x00000003  mepc 0x8000*  mtval 0x*  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 163
*/
#include <stdint.h>
#include <stdio.h>



int main(void)
{
    puts("before");
    __asm__ volatile("ebreak");
    puts("after");
    return 0;
}
