/* Hashes what comes over the serial line, as coreutils' sha3sum and its relatives do files.
 *
 *     printf 'abc\n-a kmac128 16\n-k 00112233\nabc\n\n' | gluechip run sha3sum --stdin
 */
#include <stdio.h>

#include <gluechip/secret.h>
#include <gluechip/uart.h>

#include "session.h"

#define IDLE_CYCLES 0x40000000u /* without a byte, after which the program ends */

int main(void)
{
    static char line[LINE_BYTES];
    static session_t session;
    session_begin(&session);
    puts("sha3sum: each line of text gives its sha3-256; -a NAME [BYTES] chooses another function, "
         "-x HEX hashes bytes, -h tells the rest; an empty line ends");
    int length;
    while ((length = gluechip_uart_read_line(line, LINE_BYTES, IDLE_CYCLES)) > 0)
        session_line(&session, line, (uint32_t)length);
    session_end(&session);
    gluechip_wipe(line, sizeof line);
    if (length == GLUECHIP_UART_SILENT)
        puts("sha3sum: no line has come for long");
    if (length == GLUECHIP_UART_LOST)
        puts("sha3sum: lines were lost that came faster than they were answered: send fewer at once");
    return length < 0;
}
