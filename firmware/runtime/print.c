/* printf and its kin: one formatter that hands its characters to a sink. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/uart.h>

/* The compiler makes these small, not fast: the UART is slower anyway. */
#define SMALL static __attribute__((cold, noinline))

typedef struct {
    char *buffer; /* NULL: the UART */
    size_t size;
    size_t count;
} sink_t;

static void emit(sink_t *sink, char character)
{
    if (sink->buffer == NULL)
        gluechip_uart_put(character);
    else if (sink->count + 1 < sink->size)
        sink->buffer[sink->count] = character;
    sink->count++;
}

SMALL void emit_repeated(sink_t *sink, char character, int times)
{
    for (; times > 0; times--)
        emit(sink, character);
}

typedef struct {
    bool left, zero, plus, space;
    int width;
    int precision; /* -1: none given */
    int size;      /* bytes of the integer argument */
} conversion_t;

SMALL void emit_padded(sink_t *sink, const conversion_t *c, const char *prefix, int zeros,
                        const char *text, int length)
{
    const int prefix_length = (int)strlen(prefix);
    int padding = c->width - prefix_length - zeros - length;
    if (c->zero && !c->left && c->precision < 0 && padding > 0)
        zeros += padding, padding = 0;
    if (!c->left)
        emit_repeated(sink, ' ', padding);
    while (*prefix != '\0')
        emit(sink, *prefix++);
    emit_repeated(sink, '0', zeros);
    for (int i = 0; i < length; i++)
        emit(sink, text[i]);
    if (c->left)
        emit_repeated(sink, ' ', padding);
}

SMALL void emit_number(sink_t *sink, const conversion_t *c, uint64_t value, unsigned base,
                        const char *digits, const char *prefix)
{
    char text[20]; /* 2^64 - 1 has 20 decimal digits */
    char *first = text + sizeof(text);
    while (value != 0) {
        /* By halves of words, which needs no division of 64 bits. */
        uint64_t quotient = 0;
        uint32_t rest = 0;
        for (int bit = value >> 32 != 0 ? 48 : 16; bit >= 0; bit -= 16) {
            const uint32_t part = rest << 16 | (uint32_t)(value >> bit & 0xffff);
            quotient = quotient << 16 | part / base;
            rest = part % base;
        }
        *--first = digits[rest];
        value = quotient;
    }
    const int length = (int)(text + sizeof(text) - first);
    const int least = c->precision < 0 ? 1 : c->precision;
    emit_padded(sink, c, prefix, least > length ? least - length : 0, first, length);
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

SMALL const char *read_number(const char *format, int *number)
{
    for (*number = 0; is_digit(*format); format++)
        *number = 10 * *number + (*format - '0');
    return format;
}

SMALL const char *read_flags(const char *format, conversion_t *c)
{
    for (;; format++) {
        if (*format == '-')
            c->left = true;
        else if (*format == '0')
            c->zero = true;
        else if (*format == '+')
            c->plus = true;
        else if (*format == ' ')
            c->space = true;
        else
            return format;
    }
}

SMALL const char *read_size(const char *format, conversion_t *c)
{
    int shorts = 0, longs = 0;
    for (;; format++) {
        if (*format == 'h')
            shorts++;
        else if (*format == 'l')
            longs++;
        else if (*format == 'z' || *format == 't')
            longs = 1;
        else if (*format == 'j')
            longs = 2;
        else
            break;
    }
    if (longs != 0)
        c->size = longs == 1 ? sizeof(long) : sizeof(long long);
    else
        c->size = shorts == 0 ? sizeof(int) : shorts == 1 ? sizeof(short) : sizeof(char);
    return format;
}

SMALL void emit_signed(sink_t *sink, const conversion_t *c, int64_t value)
{
    if (c->size == 2)
        value = (int16_t)value;
    else if (c->size == 1)
        value = (int8_t)value;
    const char *const sign = value < 0 ? "-" : c->plus ? "+" : c->space ? " " : "";
    emit_number(sink, c, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, "0123456789", sign);
}

SMALL void emit_unsigned(sink_t *sink, const conversion_t *c, uint64_t value, char letter)
{
    if (c->size == 2)
        value = (uint16_t)value;
    else if (c->size == 1)
        value = (uint8_t)value;
    if (letter == 'u')
        emit_number(sink, c, value, 10, "0123456789", "");
    else
        emit_number(sink, c, value, 16, letter == 'x' ? "0123456789abcdef" : "0123456789ABCDEF",
                    "");
}

SMALL void emit_string(sink_t *sink, conversion_t *c, const char *text)
{
    if (text == NULL)
        text = "(null)";
    const size_t limit = c->precision < 0 ? SIZE_MAX : (size_t)c->precision;
    const int length = (int)strnlen(text, limit);
    c->zero = false;
    emit_padded(sink, c, "", 0, text, length);
}

SMALL void format_to(sink_t *sink, const char *format, va_list arguments)
{
    while (*format != '\0') {
        if (*format != '%') {
            emit(sink, *format++);
            continue;
        }
        const char *const start = format++;
        conversion_t c = {.precision = -1, .size = sizeof(int)};
        format = read_flags(format, &c);
        if (*format == '*') {
            c.width = va_arg(arguments, int), format++;
            if (c.width < 0)
                c.left = true, c.width = -c.width;
        } else {
            format = read_number(format, &c.width);
        }
        if (*format == '.') {
            if (*++format == '*')
                c.precision = va_arg(arguments, int), format++;
            else
                format = read_number(format, &c.precision);
        }
        format = read_size(format, &c);
        const char letter = *format;
        if (letter != '\0')
            format++;
        if (letter == 'd' || letter == 'i') {
            emit_signed(sink, &c, c.size == 8 ? va_arg(arguments, int64_t) : va_arg(arguments, int));
        } else if (letter == 'u' || letter == 'x' || letter == 'X') {
            emit_unsigned(sink, &c,
                          c.size == 8 ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned),
                          letter);
        } else if (letter == 'p') {
            c.precision = 2 * sizeof(void *);
            emit_number(sink, &c, (uintptr_t)va_arg(arguments, void *), 16, "0123456789abcdef",
                        "0x");
        } else if (letter == 'c') {
            const char character = (char)va_arg(arguments, int);
            c.zero = false;
            emit_padded(sink, &c, "", 0, &character, 1);
        } else if (letter == 's') {
            emit_string(sink, &c, va_arg(arguments, const char *));
        } else if (letter == '%') {
            emit(sink, '%');
        } else {
            for (const char *p = start; p != format; p++)
                emit(sink, *p);
        }
    }
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    char nothing;
    sink_t sink = {size == 0 ? &nothing : buffer, size, 0};
    format_to(&sink, format, arguments);
    if (size != 0)
        buffer[sink.count < size ? sink.count : size - 1] = '\0';
    return (int)sink.count;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return count;
}

int vprintf(const char *format, va_list arguments)
{
    sink_t sink = {NULL, 0, 0};
    format_to(&sink, format, arguments);
    return (int)sink.count;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int count = vprintf(format, arguments);
    va_end(arguments);
    return count;
}

int putchar(int character)
{
    gluechip_uart_put((char)character);
    return (uint8_t)character;
}

int puts(const char *text)
{
    return printf("%s\n", text);
}
