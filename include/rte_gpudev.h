/* By the name that DPDK gives it: an unmodified kernel includes <rte_gpudev.h>. */
#include <warpline/rte_gpudev.h>
