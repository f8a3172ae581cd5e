/* The only file that knows GLPK.
 *
 * A fault inside GLPK calls the error hook, which jumps over GLPK's frames alone back into
 * guarded(); everything of ours is allocated before, so nothing of ours is lost, and glp_free_env()
 * gives back what GLPK held. Limits are counted in nodes and simplex iterations, never in seconds,
 * so that a result does not depend on the machine.
 */
#include "mapper/ilp.h"

#include "compiler/base/rng.h"
#include "mapper/ilp_text.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>

enum { MEMORY_LIMIT_MB = 256, HEARD_EVERY_MS = 100 };

struct session {
    const struct ilp_model *model;
    const struct ilp_options *options;
    struct ilp_result *result;
    glp_prob *problem;
    uint32_t *order;         /* GLPK's column k + 1 is our column order[k] */
    int *index;              /* 1-based scratch of one column */
    double *value;           /* likewise */
    double *x, *dual, *part; /* as GLPK gave them */
    uint64_t node_limit;
    uint32_t iteration_limit;
    bool stopped; /* by a limit or the observer */
    jmp_buf trap;
};

const char *ilp_solver_version(void)
{
    return glp_version();
}

static const struct ilp_shim *shim_of(const struct session *session)
{
#ifdef ILP_SHIM
    static const struct ilp_shim always = {ILP_SHIM, 1e-7};
    return session->options->shim ? session->options->shim : &always;
#else
    return session->options->shim;
#endif
}

static void order_columns(struct session *session)
{
    const struct ilp_shim *shim = shim_of(session);
    uint32_t n = session->model->columns.n;
    for (uint32_t j = 0; j < n; j++)
        session->order[j] = j;
    for (uint32_t j = n; shim && j > 1; j--) {
        uint32_t other = (uint32_t)(rng_bits(shim->seed, j, 0) % j), keep = session->order[j - 1];
        session->order[j - 1] = session->order[other];
        session->order[other] = keep;
    }
}

static double disturbed(const struct session *session, uint64_t i, double number)
{
    const struct ilp_shim *shim = shim_of(session);
    if (!shim)
        return number;
    return number + shim->noise * ((double)(rng_bits(~shim->seed, i, 0) >> 11) * 0x1p-52 - 1.0);
}

static void load_rows(struct session *session)
{
    const struct ilp_model *model = session->model;
    if (model->rows.n)
        glp_add_rows(session->problem, (int)model->rows.n);
    for (uint32_t i = 0; i < model->rows.n; i++) {
        double rhs = (double)model->rows.at[i].rhs;
        int type = model->rows.at[i].sense == ILP_AT_LEAST  ? GLP_LO
                   : model->rows.at[i].sense == ILP_AT_MOST ? GLP_UP
                                                            : GLP_FX;
        glp_set_row_bnds(session->problem, (int)i + 1, type, rhs, rhs);
    }
}

static void load_column(struct session *session, int k, const struct ilp_column *column)
{
    for (uint32_t e = 0; e < column->n_entries; e++) {
        const struct ilp_entry *entry = &session->model->entries.at[column->first_entry + e];
        session->index[e + 1] = (int)entry->row + 1;
        session->value[e + 1] = (double)entry->value;
    }
    glp_set_mat_col(session->problem, k, (int)column->n_entries, session->index, session->value);
    glp_set_obj_coef(session->problem, k, (double)column->cost);
    glp_set_col_kind(session->problem, k, GLP_IV);
    int type = column->upper < 0 ? GLP_LO : column->upper == 0 ? GLP_FX : GLP_DB;
    glp_set_col_bnds(session->problem, k, type, 0.0, (double)column->upper);
}

static void load(struct session *session)
{
    const struct ilp_model *model = session->model;
    session->problem = glp_create_prob();
    glp_set_prob_name(session->problem, model->name);
    glp_set_obj_dir(session->problem, GLP_MIN);
    load_rows(session);
    if (model->columns.n)
        glp_add_cols(session->problem, (int)model->columns.n);
    for (uint32_t k = 0; k < model->columns.n; k++)
        load_column(session, (int)k + 1, &model->columns.at[session->order[k]]);
}

static bool by_clock(const struct session *session)
{
    return session->options->observer && !session->options->observer->counted;
}

/* GLPK says why it fails on the terminal even if told to be silent. What it says of its progress
 * comes by the clock, within stages that have no other way to be ended; then the answer is none. */
static int swallow(void *info, const char *text)
{
    struct session *session = info;
    const struct observer *observer = session->options->observer;
    (void)text;
    if (by_clock(session)
        && !observer_lets(observer, session->model->name, -1, -1, session->result->nodes))
        longjmp(session->trap, 1);
    return 1;
}

/* How much GLPK says, and so how often it can be ended. */
static int talk(const struct session *session)
{
    return by_clock(session) ? GLP_MSG_ALL : GLP_MSG_OFF;
}

/* True if the relaxation has an optimum. */
static bool relax(struct session *session)
{
    glp_smcp parameters;
    glp_init_smcp(&parameters);
    parameters.msg_lev = talk(session);
    parameters.out_frq = HEARD_EVERY_MS;
    parameters.it_lim = (int)session->iteration_limit;
    int failed = glp_simplex(session->problem, &parameters);
    session->result->iterations = (uint32_t)glp_get_it_cnt(session->problem);
    if (failed != 0)
        return false;
    int status = glp_get_status(session->problem);
    if (status == GLP_NOFEAS)
        session->result->status = ILP_INFEASIBLE;
    if (status != GLP_OPT)
        return false;
    for (uint32_t i = 0; i < session->model->rows.n; i++)
        session->dual[i] = disturbed(session, i, glp_get_row_dual(session->problem, (int)i + 1));
    for (uint32_t k = 0; k < session->model->columns.n; k++)
        session->part[session->order[k]] = glp_get_col_prim(session->problem, (int)k + 1);
    session->result->relaxed = glp_get_obj_val(session->problem);
    session->result->dual = session->dual;
    session->result->part = session->part;
    return true;
}

static void count_nodes(glp_tree *tree, void *info)
{
    struct session *session = info;
    int total;
    glp_ios_tree_size(tree, NULL, NULL, &total);
    session->result->nodes = (uint64_t)total;
    session->result->iterations = (uint32_t)glp_get_it_cnt(glp_ios_get_prob(tree));
    if ((uint64_t)total > session->node_limit
        || session->result->iterations > session->iteration_limit
        || !observer_lets(session->options->observer, session->model->name, -1, -1,
                          session->result->nodes)) {
        session->stopped = true;
        glp_ios_terminate(tree);
    }
}

static void branch(struct session *session)
{
    glp_iocp parameters;
    glp_init_iocp(&parameters);
    parameters.msg_lev = talk(session);
    parameters.out_frq = HEARD_EVERY_MS;
    parameters.cb_func = count_nodes;
    parameters.cb_info = session;
    if (glp_intopt(session->problem, &parameters) != 0 && !session->stopped)
        return;
    int status = glp_mip_status(session->problem);
    if (status == GLP_NOFEAS && !session->stopped)
        session->result->status = ILP_INFEASIBLE;
    if (status != GLP_OPT && status != GLP_FEAS)
        return;
    session->result->status = status == GLP_OPT ? ILP_SOLVED : ILP_FEASIBLE;
    for (uint32_t k = 0; k < session->model->columns.n; k++)
        session->x[session->order[k]] =
            disturbed(session, k, glp_mip_col_val(session->problem, (int)k + 1));
}

static void run(struct session *session)
{
    glp_term_out(by_clock(session) ? GLP_ON : GLP_OFF);
    glp_term_hook(swallow, session);
    glp_mem_limit(MEMORY_LIMIT_MB);
    load(session);
    if (!relax(session))
        return;
    session->result->status = ILP_RELAXED;
    if (session->options->relaxation)
        return;
    session->result->status = ILP_NOTHING;
    branch(session);
}

static void on_fault(void *info)
{
    struct session *session = info;
    longjmp(session->trap, 1);
}

/* False after a fault inside GLPK. */
static bool guarded(struct session *session)
{
    if (setjmp(session->trap) != 0)
        return false;
    glp_error_hook(on_fault, session);
    run(session);
    glp_delete_prob(session->problem);
    glp_error_hook(NULL, NULL);
    return true;
}

/* Values within 1e-6 of an integer become it; any other value makes the answer worthless. */
static void round_values(struct session *session)
{
    struct ilp_result *result = session->result;
    if (result->status != ILP_SOLVED && result->status != ILP_FEASIBLE)
        return;
    for (uint32_t j = 0; j < session->model->columns.n; j++) {
        double nearest = floor(session->x[j] + 0.5);
        if (!(fabs(session->x[j] - nearest) <= 1e-6) || fabs(nearest) > 1e15) {
            result->status = ILP_NOTHING;
            return;
        }
        result->x[j] = (int64_t)nearest;
    }
}

void ilp_solve(const struct ilp_model *model, const struct ilp_options *options,
               struct arena *arena, struct ilp_result *result)
{
    struct session *session = ARENA_NEW(arena, struct session);
    uint32_t n = model->columns.n, m = model->rows.n;
    *result = (struct ilp_result){.status = ILP_NOTHING};
    result->x = ARENA_ARRAY(arena, int64_t, n);
    session->model = model;
    session->options = options;
    session->result = result;
    session->order = ARENA_ARRAY(arena, uint32_t, n);
    session->index = ARENA_ARRAY(arena, int, (size_t)m + 1);
    session->value = ARENA_ARRAY(arena, double, (size_t)m + 1);
    session->x = ARENA_ARRAY(arena, double, n);
    session->dual = ARENA_ARRAY(arena, double, m);
    session->part = ARENA_ARRAY(arena, double, n);
    session->node_limit = options->node_limit ? options->node_limit : ILP_DEFAULT_NODES;
    session->iteration_limit = options->iterations ? options->iterations : ILP_DEFAULT_ITERATIONS;
    order_columns(session);
    if (guarded(session))
        round_values(session);
    else
        *result = (struct ilp_result){.status = ILP_NOTHING};
    glp_free_env();
    ilp_dump(model, options, result);
}
