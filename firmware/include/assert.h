/* assert() reports file, line and condition over the UART and ends the program. */
#ifndef GLUECHIP_ASSERT_H
#define GLUECHIP_ASSERT_H

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                                          \
    ((condition) ? (void)0 : gluechip_assert_failed(#condition, __FILE_NAME__, __LINE__))
#endif

#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

_Noreturn void gluechip_assert_failed(const char *condition, const char *file, int line);

#define static_assert _Static_assert

#endif
