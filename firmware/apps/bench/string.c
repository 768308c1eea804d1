/* Strings: length, copy with lower case, comparison, and search by trial and after Horspool. */
#include <stdbool.h>
#include <stddef.h>

#include "bench.h"

#define LENGTH 1500
#define PATTERNS 6

static char text[LENGTH + 1], copy[LENGTH + 1];

static const char *const patterns[PATTERNS] = {"ab", "cab", "abba", "bcdab", "dcbaab", "abcdabcd"};

void string_prepare(void)
{
    uint32_t state = 7;
    for (int i = 0; i < LENGTH; i++) {
        const uint32_t bits = bench_random(&state) >> 8;
        text[i] = (char)((bits & 4 ? 'a' : 'A') + bits % 4);
    }
    text[LENGTH] = '\0';
}

static uint32_t length_of(const char *string)
{
    const char *end = string;
    while (*end != '\0')
        end++;
    return (uint32_t)(end - string);
}

static void copy_in_lower_case(char *to, const char *from)
{
    do
        *to++ = (char)(*from >= 'A' && *from <= 'Z' ? *from + 'a' - 'A' : *from);
    while (*from++ != '\0');
}

/* Characters in which two strings agree from their beginnings on. */
static uint32_t common_prefix(const char *a, const char *b)
{
    uint32_t length = 0;
    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

static uint32_t search_by_trial(uint32_t digest, const char *in, const char *pattern)
{
    const uint32_t length = length_of(pattern);
    for (const char *p = in; *p != '\0'; p++)
        if (common_prefix(pattern, p) == length)
            digest = bench_fold(digest, (uint32_t)(p - in));
    return digest;
}

static uint32_t search_horspool(uint32_t digest, const char *in, uint32_t count,
                                const char *pattern)
{
    uint8_t skips[128];
    const uint32_t length = length_of(pattern), last = length - 1;
    for (int c = 0; c < 128; c++)
        skips[c] = (uint8_t)length;
    for (uint32_t i = 0; i < last; i++)
        skips[(int)pattern[i]] = (uint8_t)(last - i);
    for (uint32_t at = 0; at + length <= count; at += skips[(int)in[at + last]])
        if (in[at + last] == pattern[last] && common_prefix(pattern, in + at) == length)
            digest = bench_fold(digest, at);
    return digest;
}

/* A digest of where the patterns are; 0 if the two searches differ. */
uint32_t string_run(void)
{
    copy_in_lower_case(copy, text);
    const uint32_t count = length_of(copy);
    uint32_t digest = bench_fold(BENCH_FOLD_START, count);
    for (int i = 0; i < PATTERNS; i++) {
        const uint32_t found = search_by_trial(digest, copy, patterns[i]);
        if (search_horspool(digest, copy, count, patterns[i]) != found)
            return 0;
        digest = found;
    }
    for (uint32_t i = 0; i < count; i++)
        digest = bench_fold(digest, common_prefix(text + i, copy + i));
    return digest;
}
