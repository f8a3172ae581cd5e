#include "runtime/kernel.h"

#include "runtime/compat_math.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define REAL double
#define BITS uint64_t
#define COUNTER int64_t
#define MANTISSA 52
#define EXPONENT_BIAS 1023
#define SQRT_HALF 0x3fe6a09e667f3bcdu
/* Chebyshev fits of log2((1 + s)/(1 - s))/s over s^2 in [0, 0.02944], and of 2^f over
 * [-1/2, 1/2]. */
#define LOG2_TERMS                                                                                 \
    2.8853900817779268147, 0.96179669392597548536, 0.57707801635569355453, 0.41219858307346303098, \
        0.32059890453872277516, 0.26230754780023594112, 0.22198981902561916974,                    \
        0.19113899228703240847, 0.19133402926478699284
#define EXP2_TERMS                                                                                 \
    0.99999999999999999693, 0.69314718055994530925, 0.24022650695910159744,                        \
        0.055504108664821627134, 0.0096181291075871906373, 0.0013333558146406435501,               \
        0.0001540353046380885914, 0.000015252733841601815169, 1.3215432492460393428e-6,            \
        1.0178057064573358798e-7, 7.0742020206822138569e-9, 4.4558220250149151406e-10

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
#define NAME(x) x##_double_any
#include "runtime/kernel.inc"
#undef NAME
#undef KERNEL_COMPAT

#ifdef __x86_64__
#define NAME(x) x##_double_avx2
#include "runtime/target_avx2.inc"
#include "runtime/kernel.inc"
#include "runtime/target_end.inc"
#undef NAME

#define NAME(x) x##_double_avx512
#include "runtime/target_avx512.inc"
#include "runtime/kernel.inc"
#include "runtime/target_end.inc"
#undef NAME
#endif

size_t kernels_double(const struct kernel *found[3])
{
    size_t n = 0;
#ifdef __x86_64__
    static const struct kernel avx512 = {"double avx512", step_double_avx512,
                                         step_compat_double_any, fired_double_avx512};
    static const struct kernel avx2 = {"double avx2", step_double_avx2, step_compat_double_any,
                                       fired_double_avx2};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        found[n++] = &avx512;
    if (__builtin_cpu_supports("avx2"))
        found[n++] = &avx2;
#endif
    static const struct kernel any = {"double", step_double_any, step_compat_double_any,
                                      fired_double_any};
    found[n++] = &any;
    return n;
}
