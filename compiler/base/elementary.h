/* exp, log and friends with the same bits on every machine.
 *
 * Results of libm differ between systems in the last bit, and one bit can flip a connection or a
 * spike. These are plain sequences of IEEE additions and multiplications (built with
 * -ffp-contract=off); errors below 1 ulp for exp and log. sqrt is IEEE's own.
 */
#ifndef DYNC_BASE_ELEMENTARY_H
#define DYNC_BASE_ELEMENTARY_H

double elem_exp(double x); /* overflow: infinity; underflow: 0 */
double elem_log(double x); /* x < 0: NaN; 0: -infinity */
double elem_pow(double x,
                double y); /* integer y by repeated squaring; else exp(y log x), x < 0: NaN */
double elem_hypot(double x, double y); /* correctly rounded, except where the result is subnormal */
double elem_cos_turn(double turns);    /* cos(2 pi turns), turns in [0, 1) */

/* Decimal text (digits, '.', exponent; no sign; '_' is skipped) to the nearest double, whatever the
 * locale. NaN for any other text, infinity for a number beyond the largest double. */
double elem_parse_real(const char *text, unsigned length);

#endif
