/* `dync explain`: the page of one code, or the list of all. */
#include "compiler/driver.h"
#include "compiler/pages.h"

bool cmd_explain(struct driver *driver)
{
    const struct text_vec *files = &driver->options->files;
    int code = files->n ? diag_named(files->at[0]) : -1;
    text_add(&driver->out, "%s",
             code < 0 ? page_list(&driver->arena)
                      : page_explain(&driver->arena, driver->device, (enum diag_code)code));
    return true;
}
