/* Prints the node of each name of the Ethereum Name Service that comes over the serial line, one a
 * line; ends at an empty one.
 *
 * NAME_BYTES: the longest name, 255 unless defined.
 */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/uart.h>

#include "namehash.h"

#ifndef NAME_BYTES
#define NAME_BYTES 255
#endif

#define IDLE_CYCLES 0x40000000u /* without a byte, after which the program ends */

static void answer(char *name, int length)
{
    uint8_t node[NODE_BYTES];
    uint32_t at;
    if (length > NAME_BYTES) {
        printf("Not hashed: a name must have %d bytes or less\n", NAME_BYTES);
        return;
    }
    const name_fault_t fault = name_normalize(name, (uint32_t)length, &at);
    if (fault != NAME_OK) {
        printf("Not hashed: byte %u: %s\n", (unsigned)at, name_fault_text(fault));
        return;
    }
    const uint32_t start = gluechip_cycles();
    const gluechip_status_t status =
        name_hash(GLUECHIP_BACKEND_COPROCESSOR, name, (uint32_t)length, node);
    const uint32_t cycles = gluechip_cycles() - start;
    if (status != GLUECHIP_OK) {
        printf("Not hashed: %s\n", gluechip_status_text(status));
        return;
    }
    printf("%.*s 0x", length, name);
    for (int i = 0; i < NODE_BYTES; i++)
        printf("%02x", node[i]);
    printf(" in %u cycles\n", (unsigned)cycles);
}

int main(void)
{
    static char name[NAME_BYTES];
    printf("Names, one a line (`gluechip run ens --stdin`); an empty one ends\n");
    int length;
    while ((length = gluechip_uart_read_line(name, NAME_BYTES, IDLE_CYCLES)) > 0)
        answer(name, length);
    if (length == GLUECHIP_UART_SILENT)
        puts("No name has come for long.");
    if (length == GLUECHIP_UART_LOST)
        puts("Names were lost that came faster than they were answered: send fewer at once.");
    return length < 0;
}
