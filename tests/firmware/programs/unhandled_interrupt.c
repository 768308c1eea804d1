/* output:

*** crash: interrupt without a handler
mcause 0x80000003  mepc 0x8000*  mtval 0x*  mstatus 0x*
*
exit: 195
*/
#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>

int main(void)
{
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_SOFTWARE, true);
    gluechip_interrupts_enable(true);
    GLUECHIP_CLINT->msip = 1;
    for (volatile int i = 0; i < 1000; i++)
        ;
    return 0;
}
