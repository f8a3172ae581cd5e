/* exp and log with the last bits of the program that made the reference rasters.
 *
 * Those were computed with NumPy 1.24 on AVX-512, whose exp and log are the double precision
 * functions of Intel's SVML (public as numpy/SVML), up to 1.3 ulp off. A neuron near its threshold
 * can multiply such a difference by 10^7 within 20 steps, so a trace can be met to 1e-6 only with
 * the same roundings: these functions follow SVML's algorithm operation by operation. Only the
 * compat form uses them; the simulator proper has the correctly rounded ones of compiler/base and
 * the vector ones of kernel.inc.
 */
#ifndef DYNC_RUNTIME_COMPAT_MATH_H
#define DYNC_RUNTIME_COMPAT_MATH_H

double compat_exp(double x); /* |x| < 700; beyond that elem_exp answers */
/* Normal x > 0. SVML starts from the processor's 14-bit reciprocal rounded to 5 bits, here the
 * exact one is rounded: 1 argument in 300 may take the neighbouring table entry and differ by an
 * ulp. */
double compat_log(double x);

#endif
