#include "backend/bias_parts.h"
void bias_solve_delays(struct arena *arena, const struct net *net, const struct device *device,
                       struct diag_sink *sink, struct bias_class *class,
                       const struct class_use *use)
{
    (void)arena, (void)net, (void)device, (void)sink, (void)class, (void)use;
}
