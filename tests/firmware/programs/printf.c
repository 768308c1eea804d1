/* output:
[-42] [   42] [00042] [42   ] [+42] [ 42]
[4294967295] [ffffffff] [FFFFFFFF] [0x90001000]
[-9223372036854775808] [18446744073709551615] [1000000000000]
[-1] [255] [-2] [65535]
[x] [  x] [text] [  text] [text  ] [te] [(null)]
[  007] [ -007] [0] [] [%] [%q]
[*  abc] [-5    ]
counts 5 12 3
cut: abc 6
exit: 0
*/
#include <stdio.h>

int main(void)
{
    char buffer[4];
    printf("[%d] [%5d] [%05d] [%-5d] [%+d] [% d]\n", -42, 42, 42, 42, 42, 42);
    printf("[%u] [%x] [%X] [%p]\n", 4294967295u, 0xffffffffu, 0xffffffffu, (void *)0x90001000);
    printf("[%lld] [%llu] [%lld]\n", -9223372036854775807ll - 1, 18446744073709551615ull,
           1000000000000ll);
    printf("[%hhd] [%hhu] [%hd] [%hu]\n", (signed char)-1, (unsigned char)255, (short)-2,
           (unsigned short)65535);
    printf("[%c] [%3c] [%s] [%6s] [%-6s] [%.2s] [%s]\n", 'x', 'x', "text", "text", "text", "text",
           (const char *)NULL);
    printf("[%5.3d] [%5.3d] [%d] [%.0d] [%%] ", 7, -7, 0, 0);
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-invalid-specifier"
    printf("[%q]\n");
    printf("[*%*s] [%-*ld]\n", 5, "abc", 6, -5l);
    const int first = printf("count"), second = snprintf(NULL, 0, "%s", "twelve bytes");
    printf("s %d %d %d\n", first, second, snprintf(buffer, sizeof buffer, "%d", 123));
    const int whole = snprintf(buffer, sizeof buffer, "%s", "abcdef");
    printf("cut: %s %d\n", buffer, whole);
    return 0;
}
