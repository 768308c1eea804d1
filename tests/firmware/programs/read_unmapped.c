/* output:
before

*** crash: load access fault
mcause 0x00000005  mepc 0x8000*  mtval 0x30000004  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 165
*/
#include <stdint.h>
#include <stdio.h>



int main(void)
{
    puts("before");
    (void)*(volatile uint32_t *)0x30000004;
    puts("after");
    return 0;
}
