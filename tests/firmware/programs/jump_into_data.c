/* output:
before

*** crash: instruction access fault
No code can be run from there.
mcause 0x00000001  mepc 0x9000*  mtval 0x9000*  mstatus 0x*
  ra 0x*  sp 0x9000*  gp 0x*  tp 0x*
*
exit: 161
*/
#include <stdint.h>
#include <stdio.h>

static uint32_t code[] = {0x00008067}; /* ret */

int main(void)
{
    puts("before");
    ((void (*)(void))(uintptr_t)code)();
    puts("after");
    return 0;
}
