#include <gluechip/hardware.h>
#include <gluechip/uart.h>

#define PUT_POLLS (1u << 20)
#define FLUSH_POLLS (1u << 24)

gluechip_status_t gluechip_uart_put(char byte)
{
    for (unsigned left = PUT_POLLS; left != 0; left--) {
        if (!GLUECHIP_GET(GLUECHIP_UART->status, UART_STATUS_TX_FULL)) {
            GLUECHIP_UART->transmit = (uint8_t)byte;
            return GLUECHIP_OK;
        }
    }
    return GLUECHIP_ERROR_TIMEOUT;
}

int gluechip_uart_get(void)
{
    const uint32_t word = GLUECHIP_UART->receive;
    if (!GLUECHIP_GET(word, UART_RECEIVE_VALID))
        return -1;
    GLUECHIP_UART->receive_pop = 1;
    return (int)GLUECHIP_GET(word, UART_RECEIVE_DATA);
}

gluechip_status_t gluechip_uart_flush(void)
{
    for (unsigned left = FLUSH_POLLS; left != 0; left--)
        if (GLUECHIP_GET(GLUECHIP_UART->status, UART_STATUS_TX_IDLE))
            return GLUECHIP_OK;
    return GLUECHIP_ERROR_TIMEOUT;
}

gluechip_status_t gluechip_uart_set_baud(unsigned baud)
{
    const unsigned divisor = baud == 0 ? 0 : (GLUECHIP_CLOCK_HZ + baud / 2) / baud;
    if (divisor < 4 || divisor > 65535)
        return GLUECHIP_ERROR_ARGUMENT;
    const gluechip_status_t status = gluechip_uart_flush();
    if (status == GLUECHIP_OK)
        GLUECHIP_UART->divisor = divisor;
    return status;
}
