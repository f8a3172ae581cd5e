#include "compiler/program.h"

#include "compiler/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A closed standard descriptor would become the number of the first file opened. What stands in its
 * place can be neither read nor written, so that text for it is not lost in silence. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes this number */
}

void program_start(struct oom_trap *trap)
{
    hold_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write() */
#endif
    oom_trap_init(trap);
    trap->bytes_limit = program_memory_limit();
}

size_t program_memory_limit(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t limit = SIZE_MAX, physical;
    struct rlimit space;
    if (pages > 0 && page > 0 && !__builtin_mul_overflow((size_t)pages, (size_t)page, &physical))
        limit = physical;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY
        && space.rlim_cur < limit)
        limit = (size_t)space.rlim_cur;
    return limit / 4 * 3;
}

void program_say(const char *text)
{
    const char *why;
    write_all(STDERR_FILENO, text, strlen(text), &why);
}

bool program_print(const char *text, const char **why)
{
    return write_all(STDOUT_FILENO, text, strlen(text), why);
}
