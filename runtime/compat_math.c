#include "runtime/compat_math.h"

#include "compiler/base/elementary.h"

#include <float.h>
#include <math.h>

/* e^x = 2^N e^r, N = floor(16 x / ln 2) / 16, r in [0, ln 2 / 16): 2^N from a table of sixteenth
 * powers of 2, e^r - 1 from a polynomial of degree 5 (minimax, hence no plain factorials). */
double compat_exp(double x)
{
    static const double power[16] = {
        0x1p+0,
        0x1.0b5586cf9890fp+0,
        0x1.172b83c7d517bp+0,
        0x1.2387a6e756238p+0,
        0x1.306fe0a31b715p+0,
        0x1.3dea64c123422p+0,
        0x1.4bfdad5362a27p+0,
        0x1.5ab07dd485429p+0,
        0x1.6a09e667f3bcdp+0,
        0x1.7a11473eb0187p+0,
        0x1.8ace5422aa0dbp+0,
        0x1.9c49182a3f090p+0,
        0x1.ae89f995ad3adp+0,
        0x1.c199bdd85529cp+0,
        0x1.d5818dcfba487p+0,
        0x1.ea4afa2a490dap+0,
    };
    const double log2_e = 0x1.71547652b82fep+0;
    const double ln2_high = 0x1.62e42fefa39efp-1, ln2_low = 0x1.abc9e3b39803fp-56;
    if (!(fabs(x) < 700))
        return elem_exp(x);
    double n = floor(16 * (x * log2_e)) / 16;
    if (fma(x, log2_e, -n) < 0) /* the product was rounded up to a sixteenth */
        n -= 0x1p-4;
    else if (fma(x, log2_e, -(n + 0x1p-4)) >= 0)
        n += 0x1p-4;
    double r = fma(-n, ln2_low, fma(-n, ln2_high, x));
    double r2 = r * r;
    double high = fma(r, 0x1.72eb5ef0d213dp-10, 0x1.1106603d97c00p-7);
    double middle = fma(r, 0x1.555564bb4f5f0p-5, 0x1.5555554b508a2p-3);
    double low = fma(r2, 0x1.0000000002622p-1, r);
    double sum = fma(fma(high, r2, middle), r2 * r, low);
    double whole = floor(n), scale = power[(int)(16 * (n - whole))];
    return ldexp(fma(sum, scale, scale), (int)whole);
}

/* x = 2^E m, m in [1, 2); R is 1/m rounded to 5 binary places, r = m R - 1 exactly:
 * log x = E' ln 2 - log R + log(1 + r), with E' = E + 1 and log 2R in the table for R < 3/4. */
double compat_log(double x)
{
    static const double minus_log[16] = {
        0,
        -0x1.f0a30c01162a6p-5,
        -0x1.e27076e2af2e6p-4,
        -0x1.5ff3070a793d4p-3,
        -0x1.c8ff7c79a9a22p-3,
        -0x1.1675cababa60ep-2,
        -0x1.4618bc21c5ec2p-2,
        -0x1.739d7f6bbd007p-2,
        0x1.269621134db92p-2,
        0x1.f991c6cb3b379p-3,
        0x1.a93ed3c8ad9e3p-3,
        0x1.5bf406b543db2p-3,
        0x1.1178e8227e47cp-3,
        0x1.9335e5d594989p-4,
        0x1.08598b59e3a07p-4,
        0x1.0415d89e74444p-5,
    };
    if (!(x >= DBL_MIN) || isinf(x))
        return elem_log(x);
    int exponent;
    double m = 2 * frexp(x, &exponent); /* x = m 2^(exponent - 1) */
    double inverse = rint(32 / m) / 32;
    double r = fma(m, inverse, -1), r2 = r * r;
    double e = exponent - (inverse < 0.75 ? 0 : 1);
    double a = fma(r, 0x1.249229cee81efp-3, -0x1.55553fb28db06p-3);
    double b = fma(r, 0x1.c81cd309d7c70p-4, -0x1.007357e93af62p-3);
    double c = fma(r, 0x1.5555555555466p-2, -0x1.fffffffffffc6p-2);
    double d = fma(r, 0x1.9999999cc9f5cp-3, -0x1.00000000c05bdp-2);
    double sum = fma(r2 * r2, fma(r2, b, a), fma(r2, d, c));
    int entry = (int)(32 * inverse) & 15;
    return fma(e, 0x1.62e42fefa39efp-1, minus_log[entry] + fma(r2, sum, r));
}
