/* output:
classes right
cases right
3 7 0 2147483647
4008000000000000
fabs right
exit: 0
*/
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_in(int character, const char *set)
{
    return character != 0 && character != -1 && strchr(set, character) != NULL;
}

int main(void)
{
    bool classes = true, cases = true;
    for (int c = -1; c < 256; c++) {
        classes &= !isdigit(c) == !is_in(c, "0123456789");
        classes &= !isxdigit(c) == !is_in(c, "0123456789abcdefABCDEF");
        classes &= !isspace(c) == !is_in(c, " \t\n\v\f\r");
        classes &= !islower(c) == !is_in(c, "abcdefghijklmnopqrstuvwxyz");
        classes &= !isupper(c) == !is_in(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        classes &= !isalpha(c) == !(isupper(c) || islower(c));
        classes &= !isalnum(c) == !(isalpha(c) || isdigit(c));
        classes &= !isprint(c) == !(c >= 32 && c < 127);
        cases &= tolower(c) == (isupper(c) ? c + 32 : c);
        cases &= toupper(c) == (islower(c) ? c - 32 : c);
    }
    printf("classes %s\ncases %s\n", classes ? "right" : "wrong", cases ? "right" : "wrong");
    printf("%d %ld %d %d\n", abs(-3), labs(7), abs(0), abs(-2147483647));
    volatile double nine = 9;
    const double root = sqrt(nine);
    uint64_t bits;
    memcpy(&bits, &root, sizeof bits);
    printf("%llx\n", (unsigned long long)bits);
    printf("fabs %s\n", fabs(-nine) == 9 && fabs(nine) == 9 ? "right" : "wrong");
    return 0;
}
