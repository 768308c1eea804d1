/* output:
before

*** crash: environment call from machine mode
mcause 0x0000000b  mepc 0x8000*  mtval 0x*  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 171
*/
#include <stdint.h>
#include <stdio.h>



int main(void)
{
    puts("before");
    __asm__ volatile("ecall");
    puts("after");
    return 0;
}
