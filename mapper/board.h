/* The board's geometry: chip h stands at x = h % width, y = h / width, the host at x = -1 beside
 * every row. */
#ifndef DYNC_BOARD_H
#define DYNC_BOARD_H

#include "backend/device/device.h"
#include "compiler/net.h"

static inline uint32_t board_distance(uint32_t a, uint32_t b)
{
    return a < b ? b - a : a - b;
}
/* Links that a packet crosses. */
static inline uint32_t board_hops(const struct net *net, uint32_t from, uint32_t to)
{
    return board_distance(from % net->grid_w, to % net->grid_w)
           + board_distance(from / net->grid_w, to / net->grid_w);
}
/* Links along a row or a column, whichever are more. */
static inline uint32_t board_farther(const struct net *net, uint32_t from, uint32_t to)
{
    uint32_t dx = board_distance(from % net->grid_w, to % net->grid_w);
    uint32_t dy = board_distance(from / net->grid_w, to / net->grid_w);
    return dx > dy ? dx : dy;
}
static inline bool board_in_reach(const struct net *net, const struct device *device, uint32_t from,
                                  uint32_t to)
{
    return board_farther(net, from, to) <= device->max_hop;
}
/* Whether a spike probe's word on this chip walks off the west end of the board. */
static inline bool board_sends_home(const struct net *net, const struct device *device,
                                    uint32_t chip)
{
    return (int32_t)(chip % net->grid_w) + device->monitor_x < 0;
}
/* Whether the host's events, whose hops count from chip 0, reach a chip. */
static inline bool board_hears_host(const struct net *net, const struct device *device,
                                    uint32_t chip)
{
    return board_in_reach(net, device, 0, chip);
}
/* Whether every chip reaches every other and the host. */
static inline bool board_is_near(const struct net *net, const struct device *device)
{
    return board_in_reach(net, device, 0, net->chips - 1)
           && board_sends_home(net, device, net->grid_w - 1);
}

#endif
