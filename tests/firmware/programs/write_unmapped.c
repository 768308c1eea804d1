/* output:
before

*** crash: store access fault
mcause 0x00000007  mepc 0x8000*  mtval 0x90100000  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 167
*/
#include <stdint.h>
#include <stdio.h>



int main(void)
{
    puts("before");
    *(volatile uint8_t *)0x90100000 = 1;
    puts("after");
    return 0;
}
