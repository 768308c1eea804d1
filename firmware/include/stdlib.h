/* The part of the standard header that Gluechip's runtime has. */
#ifndef GLUECHIP_STDLIB_H
#define GLUECHIP_STDLIB_H

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* Ends the program; see gluechip_exit(). */
_Noreturn void exit(int code);
_Noreturn void abort(void);

static inline int abs(int value)
{
    return value < 0 ? -value : value;
}

static inline long labs(long value)
{
    return value < 0 ? -value : value;
}

#endif
