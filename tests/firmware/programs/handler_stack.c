/* output:
a large handler: variables kept

*** crash: store access fault
The stack has overflowed: give it more with --stack-bytes.
mcause 0x00000007  mepc 0x8000*  mtval 0x8fff*  mstatus 0x*
*
exit: 167
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>

static uint8_t variables[4096];

static void use(uint32_t bytes)
{
    volatile uint8_t locals[bytes];
    for (uint32_t i = 0; i < bytes; i++)
        locals[i] = 0xee;
    GLUECHIP_CLINT->msip = 0;
}

static void large(void)
{
    use(3000);
}

static void too_large(void)
{
    use(5000);
}

static void interrupt(gluechip_interrupt_handler_t *handler)
{
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_SOFTWARE, handler);
    GLUECHIP_CLINT->msip = 1;
    for (volatile int i = 0; i < 100; i++)
        ;
}

int main(void)
{
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_SOFTWARE, true);
    gluechip_interrupts_enable(true);
    interrupt(large);
    int changed = 0;
    for (unsigned i = 0; i < sizeof variables; i++)
        changed += variables[i] != 0;
    printf("a large handler: variables %s\n", changed ? "changed" : "kept");
    interrupt(too_large);
    puts("not reached");
    return 0;
}
