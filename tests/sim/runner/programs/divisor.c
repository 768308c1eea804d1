/* Changes the speed of the serial line between two lines of text. Ends with 7. */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/uart.h>

int main(void)
{
    puts("fast");
    gluechip_uart_flush();
    GLUECHIP_UART->divisor = 19;
    puts("slow");
    return 7;
}
