/* Prints the node of each name of the Ethereum Name Service that comes over the serial line, one a
 * line; ends at an empty one.
 *
 * NAME_BYTES: the longest name, 255 unless defined.
 */
#include <stdbool.h>
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/uart.h>

#include "namehash.h"

#ifndef NAME_BYTES
#define NAME_BYTES 255
#endif

#define IDLE_CYCLES 0x40000000u /* without a byte, after which the program ends */
#define END_OF_INPUT (-1)

/* The next byte, or END_OF_INPUT. */
static int next_byte(void)
{
    const uint32_t start = gluechip_cycles();
    do {
        const int byte = gluechip_uart_get();
        if (byte >= 0)
            return byte;
    } while (gluechip_cycles() - start < IDLE_CYCLES);
    return END_OF_INPUT;
}

/* Reads a line, up to CR, LF or both; returns its length, of which `name` holds no more than
 * NAME_BYTES, or END_OF_INPUT. */
static int read_line(char *name)
{
    static int previous;
    int length = 0;
    for (;;) {
        const int before = previous, byte = next_byte();
        previous = byte;
        if (byte == END_OF_INPUT)
            return END_OF_INPUT;
        if (byte == '\n' && before == '\r')
            continue;
        if (byte == '\n' || byte == '\r')
            return length;
        if (length < NAME_BYTES)
            name[length] = (char)byte;
        if (length <= NAME_BYTES)
            length++;
    }
}

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
    for (;;) {
        const int length = read_line(name);
        if (length == END_OF_INPUT) {
            puts("No name has come for long.");
            return 1;
        }
        if (length == 0)
            return 0;
        answer(name, length);
    }
}
