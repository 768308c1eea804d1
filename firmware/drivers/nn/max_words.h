/* Largest values of windows, four channels at a time. */
#ifndef GLUECHIP_DRIVERS_NN_MAX_WORDS_H
#define GLUECHIP_DRIVERS_NN_MAX_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether pixels at these addresses, of so many channels, are whole words. */
bool are_words(const void *to, const void *from, int32_t channels);

/* The largest of `rows` x `columns` pixels from `from` on, channel by channel; such as `are_words`.
 * `gap`: bytes from the end of a row to the next. */
void largest_words(void *to, const void *from, int32_t channels, int32_t rows, int32_t columns,
                   int32_t gap);

#endif
