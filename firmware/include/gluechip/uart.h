/* Serial line. */
#ifndef GLUECHIP_UART_H
#define GLUECHIP_UART_H

#include <stdint.h>

#include <gluechip/status.h>

/* Sends one byte. Returns GLUECHIP_OK, or _TIMEOUT when the FIFO did not drain within 2^20 polls,
 * and then the byte is dropped. */
gluechip_status_t gluechip_uart_put(char byte);

/* The oldest byte received, or -1 when there is none. No wait. */
int gluechip_uart_get(void);

/* What gluechip_uart_read_line() returns instead of a length. */
#define GLUECHIP_UART_SILENT (-1) /* no byte has come for long */
#define GLUECHIP_UART_LOST (-2)   /* bytes came while the FIFO was full */

/* Reads a line that ends with CR, LF or both, without its end. Returns its length; `line` holds no
 * more than `size` bytes of it. Returns GLUECHIP_UART_SILENT when for `idle_cycles` no byte has
 * come, and GLUECHIP_UART_LOST when bytes have been lost, of this line or of one that follows;
 * what had come of a line is dropped. */
int gluechip_uart_read_line(char *line, unsigned size, uint32_t idle_cycles);

/* Waits until everything has left the chip. Returns GLUECHIP_OK, or _TIMEOUT after 2^24 polls. */
gluechip_status_t gluechip_uart_flush(void);

/* Sets the speed, after a flush. Returns GLUECHIP_OK; _ARGUMENT when `baud` needs fewer than 4 or
 * more than 65535 cycles a bit; _TIMEOUT of the flush; on an error the speed stays. */
gluechip_status_t gluechip_uart_set_baud(unsigned baud);

#endif
