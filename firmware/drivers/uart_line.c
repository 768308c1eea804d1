#include <stdbool.h>

#include <gluechip/hardware.h>
#include <gluechip/uart.h>

/* Whether bytes have been lost since this was asked last. */
static bool were_lost(void)
{
    const uint32_t flag = GLUECHIP_UART_STATUS_RX_OVERFLOW_MASK;
    if (!(GLUECHIP_UART->status & flag))
        return false;
    GLUECHIP_UART->status = flag; /* clears it */
    return true;
}

/* The next byte, or GLUECHIP_UART_SILENT or _LOST. */
static int wait_for_byte(uint32_t idle_cycles)
{
    const uint32_t start = gluechip_cycles();
    do {
        const int byte = gluechip_uart_get();
        if (byte >= 0)
            return byte;
        if (were_lost())
            return GLUECHIP_UART_LOST;
    } while (gluechip_cycles() - start < idle_cycles);
    return GLUECHIP_UART_SILENT;
}

int gluechip_uart_read_line(char *line, unsigned size, uint32_t idle_cycles)
{
    static int last; /* of the line before: LF does not end another one behind CR */
    for (unsigned length = 0;;) {
        const int before = last;
        last = wait_for_byte(idle_cycles);
        if (last < 0)
            return last;
        if (last == '\n' && before == '\r')
            continue;
        if (last == '\n' || last == '\r')
            return were_lost() ? GLUECHIP_UART_LOST : (int)length;
        if (length < size)
            line[length] = (char)last;
        length++;
    }
}
