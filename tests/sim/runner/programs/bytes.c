/* Sends every byte, then text that UTF-8 takes several bytes for. Ends with 0. */
#include <stdio.h>

int main(void)
{
    for (int byte = 0; byte < 256; byte++)
        putchar(byte);
    for (int i = 0; i < 200; i++)
        printf("\u20ac");
    return 0;
}
