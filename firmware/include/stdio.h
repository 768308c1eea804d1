/* The part of the standard header that Gluechip's runtime has: output to the UART. */
#ifndef GLUECHIP_STDIO_H
#define GLUECHIP_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* Conversions d i u x X c s p %, flags - 0 + space, width and precision (also *), and l, ll, h, hh,
 * z, t, j. Others are printed as they stand. No floating point. Returns the bytes printed. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* As printf, to a buffer of `size` bytes, always ended by 0 unless `size` is 0. Returns the bytes
 * that the whole text has. */
int snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

int putchar(int character);
int puts(const char *text);

#endif
