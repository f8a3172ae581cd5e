#include "runtime/kernel.h"

#include "runtime/compat_math.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define REAL float
#define BITS uint32_t
#define COUNTER int32_t
#define MANTISSA 23
#define EXPONENT_BIAS 127
#define SQRT_HALF 0x3f3504f3u
/* Chebyshev fits of log2((1 + s)/(1 - s))/s over s^2 in [0, 0.02944], and of 2^f over
 * [-1/2, 1/2]. */
#define LOG2_TERMS                                                                                 \
    2.8853900798025366614f, 0.96179883945602511908f, 0.57671511184081252822f,                      \
        0.43171971572560908203f
#define EXP2_TERMS                                                                                 \
    1.0f, 0.69314720673425031318f, 0.24022650922560760107f, 0.055503271596476052411f,              \
        0.009618056620501079705f, 0.0013400454984126324208f, 0.00015461467905285987276f

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#ifdef __OPTIMIZE__
#pragma GCC optimize("O3", "no-trapping-math")
#endif
#endif

#define KERNEL_COMPAT
#define NAME(x) x##_float_any
#include "runtime/kernel.inc"
#undef NAME
#undef KERNEL_COMPAT

#ifdef __x86_64__
#define NAME(x) x##_float_avx2
#include "runtime/target_avx2.inc"
#include "runtime/kernel.inc"
#include "runtime/target_end.inc"
#undef NAME

#define NAME(x) x##_float_avx512
#include "runtime/target_avx512.inc"
#include "runtime/kernel.inc"
#include "runtime/target_end.inc"
#undef NAME
#endif

size_t kernels_float(const struct kernel *found[3])
{
    size_t n = 0;
#ifdef __x86_64__
    static const struct kernel avx512 = {"float avx512", step_float_avx512, step_compat_float_any,
                                         fired_float_avx512};
    static const struct kernel avx2 = {"float avx2", step_float_avx2, step_compat_float_any,
                                       fired_float_avx2};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        found[n++] = &avx512;
    if (__builtin_cpu_supports("avx2"))
        found[n++] = &avx2;
#endif
    static const struct kernel any = {"float", step_float_any, step_compat_float_any,
                                      fired_float_any};
    found[n++] = &any;
    return n;
}
