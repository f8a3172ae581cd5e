/* What the files of elaborate() share: the walk over statements and the list of projections that
 * wait for their expansion. */
#ifndef DYNC_ELAB_PARTS_H
#define DYNC_ELAB_PARTS_H

#include "compiler/elab.h"
#include "compiler/eval_parts.h"

struct pending { /* a projection whose views are resolved; its terms are read in phase 6 */
    const struct item *item;
    struct scope *scope;
    struct view pre, post;
    const char *name; /* identity of its dice */
};
struct pending_vec VEC_OF(struct pending);

struct latch_set { /* `population { .. }` or `set`: later ones refine */
    struct view view;
    uint16_t mask, value;
    bool declaration; /* of the population itself: may be refined without conflict */
    struct span span;
};
struct latch_set_vec VEC_OF(struct latch_set);

struct profile_name { /* the defect profile of one chip, as named in `target` */
    const char *path;
    struct span span;
};
struct profile_name_vec VEC_OF(struct profile_name);

struct imported_scope { /* names of an imported file, read once however often it is imported */
    const struct ast *ast;
    struct scope *scope;
};
struct imported_scope_vec VEC_OF(struct imported_scope);

struct attr_index; /* elab_attr.c: hash over net->attrs */

struct elab {
    struct eval *eval;
    const struct elaborate_options *options;
    struct pending_vec pending;
    struct latch_set_vec latch_sets;
    struct chip_setting_vec settings; /* as stated, in the order of the text, each once */
    uint32_t **stated;                /* their places, by chip and number: elab_chip.c */
    struct device_setting *setting_of_chip;
    uint32_t n_settings_of_chip;
    unsigned __int128 n_declared; /* neurons, however many */
    struct span over;             /* the population that passed the board's capacity */
    bool too_many;
    uint64_t n_input_units;
    bool target_seen;
    bool board_options;                               /* --chips and --grid can be used */
    bool *define_used;                                /* per -D */
    struct formal_vec params;                         /* seen so far: for suggestions */
    const struct item *nets[EVAL_MAX_INSTANCE_DEPTH]; /* being instantiated */
    uint32_t n_nets;
    uint64_t n_edges;
    struct attr_index *attrs;
    struct imported_scope_vec imported;
    struct profile_name_vec profiles; /* one per chip, or none */
    double profile_threshold;
};

/* elaborate.c: the walk */

void elab_items(struct elab *elab, struct scope *scope, const struct item_vec *items);
/* Whether a statement may stand in a scope of this kind; E0215, E0220. */
bool elab_may_stand(struct eval *eval, const struct item *item, enum scope_kind where);
/* The scope of the file that `item` imports, NULL if it has none yet: then elab_add_import() gives
 * an empty one, whose statements are to be read. */
struct scope *elab_find_import(const struct imported_scope_vec *imported, const struct item *item);
struct scope *elab_add_import(struct eval *eval, struct imported_scope_vec *imported,
                              const struct scope *scope, const struct item *item);
/* Declares the name under which a file is imported. */
void elab_declare_import(struct eval *eval, struct scope *scope, const struct item *item,
                         struct scope *names);

/* elab_target.c -------------------------------------------------------------------------------*/

/* Board and seed without a target statement; options win over both. */
void elab_default_target(struct elab *elab);
void elab_target_item(struct elab *elab, struct scope *scope, const struct item *item);
/* After the walk: reads the defect profiles of the board. */
void elab_read_profiles(struct elab *elab);

/* elab_decl.c ---------------------------------------------------------------------------------*/

void elab_param_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_let_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_fn_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_population_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_input_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_set_item(struct elab *elab, struct scope *scope, const struct item *item);
/* After the walk: -D without a param, capacity of the board, latches. */
void elab_check_defines(struct elab *elab);
void elab_check_capacity(struct elab *elab);
void elab_apply_latches(struct elab *elab);

/* elab_sensor.c: `= dvs(..)` and `= bioamp(..)` of an input whose dims are read */
bool elab_sensor(struct elab *elab, struct scope *scope, const struct item *item,
                 struct input *input);

/* elab_chip.c: `set chip[k] { .. }` and what else states settings of chips ---------------------*/

/* Whether the views of a `set` name chips; then elab_chip_item() reads it. */
bool elab_names_chips(const struct scope *scope, const struct expr *view);
void elab_chip_item(struct elab *elab, struct scope *scope, const struct item *item);
/* Two values for one setting are E0207. False: E0225. */
bool elab_state_setting(struct elab *elab, uint32_t chip, uint32_t number, uint8_t first,
                        uint8_t second, struct span span);
/* After the walk: puts them into the net. */
void elab_apply_settings(struct elab *elab);

/* elab_net.c ----------------------------------------------------------------------------------*/

void elab_net_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_use_item(struct elab *elab, struct scope *scope, const struct item *item);

/* elab_place.c --------------------------------------------------------------------------------*/

void elab_place_item(struct elab *elab, struct scope *scope, const struct item *item);
void elab_probe_item(struct elab *elab, struct scope *scope, const struct item *item);

/* elab_projection.c ---------------------------------------------------------------------------*/

void elab_projection_item(struct elab *elab, struct scope *scope, const struct item *item);
/* Phase 6: all pending projections, in the order of the text. */
void elab_expand(struct elab *elab);

/* elab_names.c: phase 2 */

/* Reads every statement once, executed or not: E0201, E0211, E0212, E0213, E0215, E0220, E0223. */
void elab_names(struct eval *eval, const struct item_vec *items);
/* Whether an expression calls a function of this name. */
bool expr_calls(const struct expr *expr, const char *name);
#endif
