#include <gluechip/hardware.h>
#include <gluechip/uart.h>

#define NONE (-1)

/* The next byte, or NONE. */
static int wait_for_byte(uint32_t idle_cycles)
{
    const uint32_t start = gluechip_cycles();
    do {
        const int byte = gluechip_uart_get();
        if (byte >= 0)
            return byte;
    } while (gluechip_cycles() - start < idle_cycles);
    return NONE;
}

int gluechip_uart_read_line(char *line, unsigned size, uint32_t idle_cycles)
{
    static int last; /* of the line before: LF does not end another one behind CR */
    for (unsigned length = 0;;) {
        const int before = last;
        last = wait_for_byte(idle_cycles);
        if (last == NONE)
            return NONE;
        if (last == '\n' && before == '\r')
            continue;
        if (last == '\n' || last == '\r')
            return (int)length;
        if (length < size)
            line[length] = (char)last;
        length++;
    }
}
