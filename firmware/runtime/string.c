/* Memory and strings. Words where both ends are aligned alike, since a load takes a cycle. */
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((((uintptr_t)t ^ (uintptr_t)f) & 3) == 0) {
        for (; ((uintptr_t)t & 3) != 0 && size != 0; size--)
            *t++ = *f++;
        for (; size >= 16; size -= 16, t += 16, f += 16) {
            const word_t *const source = (const word_t *)(const void *)f;
            word_t *const target = (word_t *)(void *)t;
            const uint32_t w0 = source[0], w1 = source[1], w2 = source[2], w3 = source[3];
            target[0] = w0, target[1] = w1, target[2] = w2, target[3] = w3;
        }
        for (; size >= 4; size -= 4, t += 4, f += 4)
            *(word_t *)(void *)t = *(const word_t *)(const void *)f;
    }
    for (; size != 0; size--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size); /* copies upwards, so an overlap from below is harmless */
    uint8_t *t = (uint8_t *)to + size;
    const uint8_t *f = (const uint8_t *)from + size;
    while (t != to)
        *--t = *--f;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;
    const uint32_t word = 0x01010101u * (uint8_t)byte;
    for (; ((uintptr_t)t & 3) != 0 && size != 0; size--)
        *t++ = (uint8_t)byte;
    for (; size >= 16; size -= 16, t += 16) {
        word_t *const target = (word_t *)(void *)t;
        target[0] = word, target[1] = word, target[2] = word, target[3] = word;
    }
    for (; size != 0; size--)
        *t++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;
    for (; size != 0; size--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *memchr(const void *where, int byte, size_t size)
{
    for (const uint8_t *p = where; size != 0; size--, p++)
        if (*p == (uint8_t)byte)
            return (void *)(uintptr_t)p;
    return NULL;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end != '\0')
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t limit)
{
    size_t length = 0;
    while (length < limit && text[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (; size != 0; size--, a++, b++)
        if (*a != *b || *a == '\0')
            return (uint8_t)*a - (uint8_t)*b;
    return 0;
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (*text == '\0')
            return NULL;
    }
}

char *strcpy(char *restrict to, const char *restrict from)
{
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char *strcat(char *restrict to, const char *restrict from)
{
    strcpy(to + strlen(to), from);
    return to;
}
