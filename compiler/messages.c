#include "compiler/messages.h"

#include "compiler/base/render.h"
#include "compiler/program.h"
#include "compiler/sarif.h"

#include <stdio.h>
#include <string.h>

bool message_form_named(const char *name, enum message_form *form)
{
    static const char *const names[] = {"text", "json", "sarif"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(name, names[i])) {
            *form = (enum message_form)i;
            return true;
        }
    return false;
}

char *messages_text(struct arena *arena, const struct source_set *sources, struct diag_sink *sink,
                    const struct message_options *options)
{
    if (options->form == MESSAGES_SARIF)
        return sarif_log(arena, sources, sink, options);
    const struct render_options render = {.format = options->form == MESSAGES_JSON ? RENDER_JSON
                                                                                   : RENDER_TEXT,
                                          .color = options->color,
                                          .quiet = options->quiet};
    return render_all(arena, sources, sink, &render);
}

void messages_out_of_memory(const struct oom_trap *trap, enum message_form form, const char *then)
{
    static const char as_text[] = "error[E0904]: out of memory: %s\n"
                                  "   = note: of the memory here at most %zu MiB are taken\n"
                                  "\n1 error\n";
    static const char as_json[] =
        "{\"code\":\"E0904\",\"name\":\"machine\",\"severity\":\"error\","
        "\"message\":\"out of memory: %s\",\"spans\":[],"
        "\"notes\":[{\"message\":\"of the memory here at most %zu MiB are taken\",\"spans\":[]}],"
        "\"fixes\":[]}\n";
    static const char as_sarif[] =
        "{\"$schema\":\"" SARIF_SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{"
        "\"tool\":{\"driver\":{\"name\":\"dync\",\"rules\":[{\"id\":\"E0904\"}]}},"
        "\"invocations\":[{\"executionSuccessful\":false,\"exitCode\":5}],"
        "\"results\":[{\"ruleId\":\"E0904\",\"ruleIndex\":0,\"level\":\"error\",\"message\":{"
        "\"text\":\"out of memory: %s\\nnote: of the memory here at most %zu MiB are taken\"},"
        "\"locations\":[]}]}]}\n";
    static const char *const texts[] = {as_text, as_json, as_sarif};
    char said[sizeof as_sarif + 200];
    snprintf(said, sizeof said, texts[form], then, trap->bytes_limit >> 20);
    program_say(said);
}
