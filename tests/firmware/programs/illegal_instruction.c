/* output:
before

*** crash: illegal instruction
mcause 0x00000002  mepc 0x8000*  mtval 0x*  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 162
*/
#include <stdint.h>
#include <stdio.h>



int main(void)
{
    puts("before");
    __asm__ volatile(".word 0xffffffff");
    puts("after");
    return 0;
}
