/* Takes a software interrupt for which there is no handler. Ends with a crash report. */
#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>

int main(void)
{
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_SOFTWARE, true);
    GLUECHIP_CLINT->msip = 1;
    __asm__ volatile("csrsi mstatus, 8\n0: j 0b"); /* FAULT */
    return 0;
}
