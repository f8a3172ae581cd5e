/* conv(K, stride, pad) against a plain correlation written here: kernels of even and odd size,
 * strides, paddings, element types, and shapes that do not fit.
 * links: compiler grammar backend device base */
#include "edge_matrix.h"

/* Kernels hold 1 + row * cols + column with every third cell 0, so that a shift by one shows. */
static int64_t cell(int64_t cols, int64_t y, int64_t x)
{
    int64_t i = y * cols + x;
    return i % 3 == 2 ? 0 : i + 1;
}

static char *put_kernel(char *at, int64_t rows, int64_t cols, const char *unit)
{
    at += sprintf(at, "let K = [");
    for (int64_t y = 0; y < rows; y++) {
        at += sprintf(at, "%s[", y ? ", " : "");
        for (int64_t x = 0; x < cols; x++)
            at += sprintf(at, "%s%d%s", x ? ", " : "", (int)cell(cols, y, x), unit);
        at += sprintf(at, "]");
    }
    return at + sprintf(at, "]; ");
}

struct layer {
    int64_t rows, cols;     /* of the source map */
    int64_t k_rows, k_cols; /* of the kernel */
    int64_t sy, sx;
    bool valid;
};

static int64_t out_size(int64_t from, int64_t kernel, int64_t stride, bool valid)
{
    return valid ? (from - kernel) / stride + 1 : (from + stride - 1) / stride;
}

static int64_t correlation(const struct layer *l, int64_t py, int64_t px, int64_t qy, int64_t qx)
{
    int64_t y = py - l->sy * qy + (l->valid ? 0 : (l->k_rows - 1) / 2);
    int64_t x = px - l->sx * qx + (l->valid ? 0 : (l->k_cols - 1) / 2);
    return y < 0 || y >= l->k_rows || x < 0 || x >= l->k_cols ? 0 : cell(l->k_cols, y, x);
}

/* `tree` leaves the kernel to the evaluator, pair by pair. */
static void check_layer(const struct layer *l, const char *unit, bool tree, struct edges *edges)
{
    char *text = malloc(1 << 16), *at = text;
    int64_t rows = out_size(l->rows, l->k_rows, l->sy, l->valid);
    int64_t cols = out_size(l->cols, l->k_cols, l->sx, l->valid);
    at += sprintf(at, PREAMBLE);
    at = put_kernel(at, l->k_rows, l->k_cols, unit);
    sprintf(at,
            "input cam[%d, %d]; population m[%d, %d] : b; "
            "let k = %sconv(K, stride = [%d, %d], pad = %s)%s; "
            "cam -> m : ampa(k > 0, weight = %sk%s);",
            (int)l->rows, (int)l->cols, (int)rows, (int)cols, tree ? "sum([" : "", (int)l->sy,
            (int)l->sx, l->valid ? "valid" : "same", tree ? "])" : "", unit[0] ? "" : "1 nA * (",
            unit[0] ? "" : ")");
    struct elab_case *c = case_of(text);
    case_clean(c, "W0715");
    read_edges(c, 0, edges);
    for (int64_t p = 0; p < l->rows * l->cols; p++) {
        for (int64_t q = 0; q < rows * cols; q++) {
            int64_t k = correlation(l, p / l->cols, p % l->cols, q / cols, q % cols);
            if (edges->count[p][q] != (k != 0))
                case_fail(c, arena_printf(&c->arena, "pair %d, %d", (int)p, (int)q));
            if (k)
                assert_int_equal(c->out.net.attrs.at[edges->attr[p][q]].weight_za,
                                 k * 1000000000000);
        }
    }
    case_free(c);
    free(text);
}

static void equals_the_correlation(void **state)
{
    (void)state;
    static const int64_t maps[][2] = {{6, 7}, {1, 9}, {5, 5}, {8, 3}};
    static const int64_t kernels[][2] = {{1, 1}, {3, 3}, {2, 2}, {1, 4}, {5, 3}, {4, 1}};
    static const int64_t strides[][2] = {{1, 1}, {2, 2}, {1, 3}, {9, 2}};
    struct edges *edges = malloc(sizeof *edges);
    for (int m = 0; m < 4; m++) {
        for (int k = 0; k < 6; k++) {
            for (int s = 0; s < 8; s++) {
                struct layer l = {maps[m][0],    maps[m][1],        kernels[k][0],
                                  kernels[k][1], strides[s / 2][0], strides[s / 2][1],
                                  s % 2 == 1};
                if (l.valid && (l.k_rows > l.rows || l.k_cols > l.cols))
                    continue;
                check_layer(&l, "", false, edges);
                check_layer(&l, " nA", false, edges);
                if (s < 4 && m < 2)
                    check_layer(&l, "", true, edges);
            }
        }
    }
    free(edges);
}

/* A list of kernels, and views of one row or one plane. */
static void kernels_of_a_list(void **state)
{
    (void)state;
    struct edges *edges = malloc(sizeof *edges);
    struct elab_case *c =
        case_of(PREAMBLE "let K = [[[1, 0, 0]], [[0, 0, -1]]]; input cam[5]; "
                         "population m[2, 5] : b; for o in 0:2 { let k = conv(K[o]); "
                         "cam -> m[o] : ampa(k > 0, weight = b.s), gaba(k < 0, weight = b.t); }");
    case_clean(c, "W0715");
    for (uint32_t term = 0; term < 4; term++) {
        read_edges(c, term, edges);
        assert_int_equal(edges->total, term == 0 || term == 3 ? 4 : 0);
        for (uint32_t q = 0; q < 4; q++) {
            assert_int_equal(edges->count[q][q + 1], term == 0); /* K[0][0][0]: pre = post - 1 */
            assert_int_equal(edges->count[q + 1][q], term == 3);
        }
    }
    case_free(c);
    free(edges);
}

#define MAPS PREAMBLE "population p[4, 6] : b; population q[2, 3] : b; population r[2, 4, 6] : b; "

static void errors(void **state)
{
    (void)state;
    check_error(MAPS "p -> p : ampa(conv(@3) > 0, weight = b.s);", "E0203");
    check_error(MAPS "p -> p : ampa(conv(@[1, 2]) > 0, weight = b.s);", "E0203");
    check_error(MAPS "p -> p : ampa(conv([[1]], stride = @1.5) > 0, weight = b.s);", "E0203");
    check_error(MAPS "p -> p : ampa(conv([[1]], stride = @[1, 2, 3]) > 0, weight = b.s);", "E0203");
    check_error(MAPS "p -> p : ampa(conv([[1]], stride = @0) > 0, weight = b.s);", "E0205");
    check_error(MAPS "p -> p : ampa(conv([[1]], stride = @[1, -1]) > 0, weight = b.s);", "E0205");
    check_error(MAPS "p -> p : ampa(conv([[1]], stride = @2147483648) > 0, weight = b.s);",
                "E0205");
    check_error(MAPS "p -> p : ampa(conv([[1]], pad = @torus) > 0, weight = b.s);", "E0203");
    check_error(MAPS "p -> p : ampa(@conv() > 0, weight = b.s);", "E0205");
    check_error(MAPS "p -> p : ampa(conv([[1]], @weight = 2) > 0, weight = b.s);", "E0205");
    check_error(MAPS "p -> p : ampa(conv([[@pre]]) > 0, weight = b.s);", "E0208");
    check_error(MAPS "p -> q : ampa(@conv([[1]]) > 0, weight = b.s);", "E0603");
    check_error(MAPS "p -> p : ampa(@conv([[1]], stride = 2) > 0, weight = b.s);", "E0603");
    check_error(MAPS "p -> q : ampa(@conv([[1], [1], [1], [1], [1]], pad = valid) > 0, "
                     "weight = b.s);",
                "E0603");
    check_error(MAPS "r -> p : ampa(@conv([[1]]) > 0, weight = b.s);", "E0603");
    check_error(MAPS "p -> r : ampa(@conv([[1]]) > 0, weight = b.s);", "E0603");
    check_error(MAPS "p -> q : ampa(sum([@conv([[1]])]) > 0, weight = b.s);", "E0603");
    check_error(MAPS
                "input i[2, 2]; test \"t\" { drive i = poisson(@conv([[1]]) * 1 Hz); run 1 s; }",
                "E0208");
    static const char *const fits[] = {
        "p -> q : ampa(conv([[1]], stride = 2) > 0, weight = b.s);",
        "p -> q : ampa(conv([[1, 1, 1, 1]], stride = [2, 1], pad = valid) > 0, weight = b.s);",
        "p -> r[0:1] : ampa(conv([[1]]) > 0, weight = b.s);",
        "p -> p[0] : ampa(conv([[1]], stride = [4, 1]) > 0, weight = b.s);",
        "p -> p[0, 0] : ampa(conv([[1]], stride = 2147483647) > 0, weight = b.s);",
    };
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, MAPS "%s", fits[i]);
        struct elab_case *c = case_of(text);
        case_clean(c, "");
        case_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_correlation),
        cmocka_unit_test(kernels_of_a_list),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
