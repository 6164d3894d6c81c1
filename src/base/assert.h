/* KZG_ASSERT: a programmer's error, never an input's. Stays on in release builds. KZG_CHECK: the same inside
 * arithmetic kernels, compiled only with KZG_CHECKED (dev and sanitizer builds). */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

_Noreturn void kzg__assert_failed(const char *expression, const char *file, int line);

#define KZG_ASSERT(condition) ((condition) ? (void)0 : kzg__assert_failed(#condition, __FILE__, __LINE__))

#ifdef KZG_CHECKED
#define KZG_CHECK(condition) KZG_ASSERT(condition)
#else
#define KZG_CHECK(condition) ((void)0)
#endif

#endif
