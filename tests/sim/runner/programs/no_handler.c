/* Traps with no handler: mtvec names memory that is not there. */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/uart.h>

int main(void)
{
    puts("before");
    gluechip_uart_flush();
    GLUECHIP_CSR_WRITE(mtvec, 0);
    __asm__ volatile(".word 0"); /* FAULT */
    return 0;
}
