#include "compiler/csv.h"

#include "compiler/base/elementary.h"

#include <math.h>
#include <string.h>

enum { SHOWN_CELL = 40 };

/* --- lines and cells --- */

void csv_start(struct csv *csv, const struct source *source)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* as spreadsheets write it */
    bool marked = source->size >= 3 && !memcmp(source->text, byte_order_mark, 3);
    *csv = (struct csv){.source = source, .at = marked ? 3 : 0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool csv_next_line(struct csv *csv)
{
    const struct source *source = csv->source;
    while (csv->at < source->size) {
        const char *from = source->text + csv->at, *limit = source->text + source->size;
        const char *end = memchr(from, '\n', (size_t)(limit - from));
        if (!end)
            end = limit;
        csv->at += (uint32_t)(end - from) + 1;
        csv->line++;
        while (from < end && is_blank(*from))
            from++;
        while (end > from && is_blank(end[-1]))
            end--;
        if (from == end || *from == '#')
            continue;
        csv->text = csv->next = from;
        csv->end = end;
        csv->column = 0;
        return true;
    }
    return false;
}

bool csv_next_cell(struct csv *csv, struct csv_cell *cell)
{
    if (!csv->next)
        return false;
    const char *from = csv->next, *end = memchr(from, ',', (size_t)(csv->end - from));
    csv->next = end ? end + 1 : NULL;
    if (!end)
        end = csv->end;
    while (from < end && is_blank(*from))
        from++;
    while (end > from && is_blank(end[-1]))
        end--;
    *cell = (struct csv_cell){from, (uint32_t)(end - from)};
    csv->column++;
    return true;
}

bool csv_cell_is(const struct csv_cell *cell, const char *text)
{
    return cell->n == strlen(text) && !memcmp(cell->text, text, cell->n);
}

const char *csv_shown(struct arena *arena, const struct csv_cell *cell)
{
    uint32_t n = cell->n < SHOWN_CELL ? cell->n : SHOWN_CELL;
    char *text = arena_strndup(arena, cell->text, n);
    for (uint32_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
    return text;
}

/* --- numbers --- */

static uint32_t count_digits(const struct csv_cell *cell, uint32_t i)
{
    uint32_t n = 0;
    while (i + n < cell->n && cell->text[i + n] >= '0' && cell->text[i + n] <= '9')
        n++;
    return n;
}

bool csv_is_number(const struct csv_cell *cell)
{
    uint32_t i = cell->n > 0 && (cell->text[0] == '+' || cell->text[0] == '-');
    uint32_t digits = count_digits(cell, i);
    i += digits;
    if (i < cell->n && cell->text[i] == '.') {
        uint32_t behind = count_digits(cell, i + 1);
        digits += behind;
        i += 1 + behind;
    }
    if (digits == 0)
        return false;
    if (i < cell->n && (cell->text[i] == 'e' || cell->text[i] == 'E')) {
        i++;
        i += i < cell->n && (cell->text[i] == '+' || cell->text[i] == '-');
        digits = count_digits(cell, i);
        i += digits;
    }
    return digits > 0 && i == cell->n;
}

enum csv_status csv_real(const struct csv_cell *cell, double *value)
{
    if (!csv_is_number(cell))
        return CSV_MALFORMED;
    uint32_t sign = cell->text[0] == '+' || cell->text[0] == '-';
    *value = elem_parse_real(cell->text + sign, cell->n - sign);
    if (cell->text[0] == '-')
        *value = -*value;
    return isfinite(*value) ? CSV_GOOD : CSV_OUT_OF_RANGE;
}

enum csv_status csv_int(const struct csv_cell *cell, int64_t *value)
{
    uint32_t sign = cell->n > 0 && (cell->text[0] == '+' || cell->text[0] == '-');
    uint32_t digits = count_digits(cell, sign);
    int64_t x = 0;
    if (digits == 0 || sign + digits != cell->n)
        return CSV_MALFORMED;
    for (uint32_t i = sign; i < cell->n; i++)
        if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, cell->text[i] - '0', &x))
            return CSV_OUT_OF_RANGE;
    *value = cell->text[0] == '-' ? -x : x;
    return CSV_GOOD;
}

/* --- lists of spikes --- */

enum csv_spike_column csv_spike_column(const struct csv_cell *cell)
{
    if (csv_cell_is(cell, "time_us"))
        return CSV_TIME_US;
    if (csv_cell_is(cell, "unit") || csv_cell_is(cell, "index"))
        return CSV_UNIT;
    return csv_cell_is(cell, "input") ? CSV_INPUT : CSV_OTHER;
}
