/* output:
copies right
moves right
sets right
strings right
exit: 0
*/
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SPAN 36

static uint8_t source[SPAN], target[SPAN];

static void prepare(void)
{
    for (int i = 0; i < SPAN; i++)
        source[i] = (uint8_t)(i * 7 + 1), target[i] = 0xee;
}

static bool check(int to, int size, int from, bool set)
{
    for (int i = 0; i < SPAN; i++) {
        const bool inside = i >= to && i < to + size;
        const uint8_t expected = !inside ? 0xee : set ? 0xa5 : (uint8_t)((i - to + from) * 7 + 1);
        if (target[i] != expected)
            return false;
    }
    return true;
}

int main(void)
{
    bool copies = true, sets = true, moves = true;
    for (int size = 0; size <= 21; size++)
        for (int from = 0; from < 4; from++)
            for (int to = 8; to < 12; to++) {
                prepare();
                copies &= memcpy(target + to, source + from, size) == target + to;
                copies &= check(to, size, from, false);
                prepare();
                sets &= memset(target + to, 0x1a5, size) == target + to && check(to, size, 0, true);
            }
    for (int shift = -5; shift <= 5; shift++)
        for (int size = 0; size <= 20; size++) {
            prepare();
            memmove(source + 8 + shift, source + 8, size);
            for (int i = 0; i < size; i++)
                moves &= source[8 + shift + i] == (uint8_t)((8 + i) * 7 + 1);
        }
    prepare();
    char text[8];
    bool strings = strlen("") == 0 && strlen("four") == 4 && strnlen("four", 2) == 2;
    strings &= strcmp("a", "a") == 0 && strcmp("a", "b") < 0 && strcmp("ab", "a") > 0;
    strings &= strcmp("\x80", "a") > 0 && strncmp("abc", "abd", 2) == 0;
    strings &= strncmp("abc", "abd", 3) < 0 && strchr("abc", 'c') != NULL && !strchr("abc", 'd');
    strings &= *strchr("abc", '\0') == '\0' && strcmp(strcpy(text, "seven"), "seven") == 0;
    strings &= strcmp(strcat(text, " up"), "seven up") == 0 && strcmp(strcat(text, ""), text) == 0;
    strings &= memcmp("\x01\xff", "\x01\x02", 2) > 0 && memcmp("ab", "ac", 1) == 0;
    strings &= memchr(source, source[9], SPAN) == source + 9 && !memchr(source, 0xff, 3);
    printf("copies %s\n", copies ? "right" : "wrong");
    printf("moves %s\n", moves ? "right" : "wrong");
    printf("sets %s\n", sets ? "right" : "wrong");
    printf("strings %s\n", strings ? "right" : "wrong");
    return 0;
}
