/* Integer linear models, free of any solver, and the one call that solves them.
 *
 *     minimise  sum cost[j] x[j]   subject to   row i: sum value x[j] {>=, <=, =} rhs[i],
 *                                               0 <= x[j] <= upper[j], x[j] integer
 *
 * All data are integers. What comes back are values and hints: the caller checks every one of them
 * in integers before it believes it, and proves bounds from `dual` by its own arithmetic
 * (ilp_repaired_dual). Memory of the model and of the result belongs to the arena it was made in.
 */
#ifndef DYNC_ILP_H
#define DYNC_ILP_H

#include "compiler/base/vec.h"
#include "mapper/observer.h"

enum ilp_sense { ILP_AT_LEAST, ILP_AT_MOST, ILP_EQUAL };
struct ilp_row {
    enum ilp_sense sense;
    int64_t rhs;
};
struct ilp_entry { /* of the column it is listed under */
    uint32_t row;
    int64_t value;
};
struct ilp_column {
    int64_t cost, upper; /* upper -1: none */
    uint32_t first_entry, n_entries;
};
struct ilp_row_vec VEC_OF(struct ilp_row);
struct ilp_entry_vec VEC_OF(struct ilp_entry);
struct ilp_column_vec VEC_OF(struct ilp_column);

struct ilp_model {
    struct arena *arena;
    const char *name;
    struct ilp_row_vec rows;
    struct ilp_column_vec columns;
    struct ilp_entry_vec entries;
};
void ilp_model_init(struct ilp_model *model, struct arena *arena, const char *name);
uint32_t ilp_add_row(struct ilp_model *model, enum ilp_sense sense, int64_t rhs);
/* Entries follow by ilp_add_entry(), which belong to the latest column. */
uint32_t ilp_add_column(struct ilp_model *model, int64_t cost, int64_t upper);
void ilp_add_entry(struct ilp_model *model, uint32_t row, int64_t value);

/* Whether x satisfies every row and bound, in integers; *cost is then its cost. */
bool ilp_check(const struct ilp_model *model, const int64_t *x, int64_t *cost);

/* For tests that solver noise changes no result: columns are handed to the solver in another order
 * and every number it returns is moved a little. */
struct ilp_shim {
    uint64_t seed;
    double noise; /* largest change, 1e-7 */
};

/* Who gets every model as text, after it was solved (mapper/ilp_text.h). */
struct ilp_dump {
    uint32_t n; /* models handed over so far */
    void (*write)(void *context, const char *name, const char *bytes, size_t n);
    void *context;
};

struct ilp_options {
    uint64_t node_limit;   /* branch-and-bound nodes; 0: ILP_DEFAULT_NODES */
    uint32_t iterations;   /* of the simplex method in all; 0: ILP_DEFAULT_ITERATIONS */
    bool relaxation;       /* stop after the linear relaxation */
    struct ilp_dump *dump; /* NULL: nobody */
    const struct ilp_shim *shim;
    const struct observer *observer; /* NULL: nobody */
};
enum { ILP_DEFAULT_NODES = 20000, ILP_DEFAULT_ITERATIONS = 200000 };

enum ilp_status {
    ILP_SOLVED,     /* x is integer (within 1e-6, then rounded); the solver thinks it optimal */
    ILP_FEASIBLE,   /* x is integer; the node limit came first, or the observer */
    ILP_RELAXED,    /* only dual is filled, as asked for */
    ILP_INFEASIBLE, /* the solver thinks so: a hint, not a proof */
    ILP_NOTHING /* node limit or observer, numbers that are not integers, or a fault in the solver
                 */
};
struct ilp_result {
    enum ilp_status status;
    int64_t *x;     /* per column; ILP_SOLVED and ILP_FEASIBLE */
    double *dual;   /* per row, of the relaxation; NULL if it was not solved */
    double *part;   /* per column, its value in the relaxation, to branch by; NULL likewise */
    double relaxed; /* cost of the relaxation, where it was solved */
    uint64_t nodes; /* of branch and bound */
    uint32_t iterations;
};
void ilp_solve(const struct ilp_model *model, const struct ilp_options *options,
               struct arena *arena, struct ilp_result *result);

/* "5.0" */
const char *ilp_solver_version(void);

/* A dual value as an integer multiple of 1 / ILP_DUAL_SCALE, clamped to lo .. hi (in multiples). */
enum { ILP_DUAL_SCALE = 1 << 20 };
int64_t ilp_repaired_dual(double dual, int64_t lo, int64_t hi);
/* Smallest integer >= scaled / ILP_DUAL_SCALE. */
int64_t ilp_scaled_ceiling(int64_t scaled);

#endif
