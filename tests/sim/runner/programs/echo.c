/* Sends back each line of its input in capitals; ends with 0 at an empty one. */
#include <stdio.h>

#include <gluechip/uart.h>

int main(void)
{
    int previous = '\n';
    for (;;) {
        const int byte = gluechip_uart_get();
        if (byte < 0)
            continue;
        if (byte == '\n' && previous == '\n')
            return 0;
        putchar(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
        previous = byte;
    }
}
