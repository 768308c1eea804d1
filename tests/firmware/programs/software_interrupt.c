/* output:
handled once, registers kept
not taken while disabled
handler removed, 31 is the last
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>

static volatile int count;

static void handle(void)
{
    GLUECHIP_CLINT->msip = 0;
    count++;
}

/* Whether 10 values stay in registers while an interrupt comes. */
static int values_kept(void)
{
    volatile int sum = 0;
    int a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    __asm__ volatile("" : "+r"(f), "+r"(g), "+r"(h), "+r"(i), "+r"(j));
    GLUECHIP_CLINT->msip = 1;
    while (count == 0)
        ;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    __asm__ volatile("" : "+r"(f), "+r"(g), "+r"(h), "+r"(i), "+r"(j));
    sum = a + b + c + d + e + f + g + h + i + j;
    return sum == 55;
}

int main(void)
{
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_SOFTWARE, handle);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_SOFTWARE, true);
    const bool before = gluechip_interrupts_enable(true);
    const int kept = values_kept();
    if (!before && kept && count == 1)
        puts("handled once, registers kept");
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_SOFTWARE, false);
    GLUECHIP_CLINT->msip = 1;
    for (volatile int i = 0; i < 100; i++)
        ;
    if (count == 1)
        puts("not taken while disabled");
    GLUECHIP_CLINT->msip = 0;
    if (gluechip_interrupt_handle(GLUECHIP_INTERRUPT_SOFTWARE, NULL) == GLUECHIP_OK &&
        gluechip_interrupt_handle(32, handle) == GLUECHIP_ERROR_ARGUMENT &&
        gluechip_interrupt_enable(32, true) == GLUECHIP_ERROR_ARGUMENT &&
        gluechip_interrupts_enable(false))
        puts("handler removed, 31 is the last");
    return 0;
}
