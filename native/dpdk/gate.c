/*
 * The gate: a driver's interrupt handlers on one side, bursts of the lcores on the other.
 *
 * net_memif (DPDK 22.11) learns on EAL's interrupt thread that its peer has gone, and there unmaps the
 * rings (memif_intr_handler → memif_disconnect → memif_free_regions) that an lcore may be reading.
 * Each of its handlers, and stopping a port, is run behind the closed gate here:
 *
 *   interrupt thread   close ── wait until nobody is inside ── handler ── open
 *   lcore              ── burst ──┘   (turned away: received 0, sent 0)     └── burst ──
 *
 * To get between: the driver calls rte_intr_callback_register through its PLT, and where the addon has
 * loaded the driver (it is linked with it, native/Makefile) the addon's symbols come before librte_eal's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "shim.h"

/* How long a handler waits for a burst, which waits for nothing itself: its thread must be stopped. */
#define PATIENCE_S 1

/* memif has two: for its listening socket, and for a peer. */
#define MAX_HANDLERS 2

/* One who is no lcore has the last line, which several may share: so they count. */
static struct {
	uint32_t inside;
} __rte_cache_aligned lines[RTE_MAX_LCORE + 1];

static uint32_t closed;
static double closings;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* The handlers met so far, and whether the calling thread is in one. */
static rte_intr_callback_fn handlers[MAX_HANDLERS];
static pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool in_handler;
/* The argument of a handler that was unregistered by another thread while it was about to run. */
static void *unregistered;

static inline uint32_t *own_line(void)
{
	unsigned int lcore = rte_lcore_id();
	return &lines[lcore < RTE_MAX_LCORE ? lcore : RTE_MAX_LCORE].inside;
}

/* Entering is a store that all see before the look at `closed`; closing is the same the other way round. */
bool gate_enter(void)
{
	uint32_t *inside = own_line();
	__atomic_fetch_add(inside, 1, __ATOMIC_SEQ_CST);
	if (likely(__atomic_load_n(&closed, __ATOMIC_SEQ_CST) == 0))
		return true;
	__atomic_fetch_sub(inside, 1, __ATOMIC_RELEASE);
	return false;
}

void gate_leave(void)
{
	__atomic_fetch_sub(own_line(), 1, __ATOMIC_RELEASE);
}

void gate_close(void)
{
	pthread_mutex_lock(&gate);
	__atomic_store_n(&closed, 1, __ATOMIC_SEQ_CST);
	closings++;
}

/* Whether nobody is inside any more. */
bool gate_wait(void)
{
	uint64_t deadline = rte_get_timer_cycles() + PATIENCE_S * rte_get_timer_hz();
	for (int i = 0; i <= RTE_MAX_LCORE; i++)
		while (__atomic_load_n(&lines[i].inside, __ATOMIC_SEQ_CST) != 0) {
			if (rte_get_timer_cycles() > deadline)
				return false;
			rte_delay_us_sleep(10);
		}
	return true;
}

void gate_open(void)
{
	__atomic_store_n(&closed, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&gate);
}

/*
 * A handler that is not run now will be called again: what it is to read is still there, and EAL's
 * epoll is level-triggered. So one thread that is stopped in a burst blocks no other handler for ever.
 */
static void run_behind_gate(rte_intr_callback_fn handler, void *argument)
{
	gate_close();
	bool gone = unregistered == argument;
	unregistered = NULL;
	if (gone) {
		gate_open();
		return;
	}
	if (gate_wait()) {
		in_handler = true;
		handler(argument);
		in_handler = false;
	} else
		rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL,
			"warpline: an lcore does not leave a burst; its port's peer is kept waiting\n");
	gate_open();
}

static void run_first(void *argument) { run_behind_gate(handlers[0], argument); }
static void run_second(void *argument) { run_behind_gate(handlers[1], argument); }
static const rte_intr_callback_fn runners[MAX_HANDLERS] = { run_first, run_second };

/* What EAL is to call instead of a handler; another driver's is called as it is. */
static rte_intr_callback_fn runner_of(rte_intr_callback_fn handler)
{
	Dl_info where;
	if (dladdr((void *)(uintptr_t)handler, &where) == 0 || where.dli_fname == NULL ||
	    strstr(where.dli_fname, "librte_net_memif") == NULL)
		return handler;
	int i = 0;
	pthread_mutex_lock(&handlers_lock);
	while (i < MAX_HANDLERS && handlers[i] != NULL && handlers[i] != handler)
		i++;
	if (i < MAX_HANDLERS)
		handlers[i] = handler;
	pthread_mutex_unlock(&handlers_lock);
	return i < MAX_HANDLERS ? runners[i] : handler;
}

/* Of librte_eal, which comes after the addon. */
#define EAL_S_OWN(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int rte_intr_callback_register(const struct rte_intr_handle *handle, rte_intr_callback_fn call,
			       void *argument)
{
	return EAL_S_OWN(rte_intr_callback_register)(handle, runner_of(call), argument);
}

int rte_intr_callback_unregister(const struct rte_intr_handle *handle, rte_intr_callback_fn call,
				 void *argument)
{
	return EAL_S_OWN(rte_intr_callback_unregister)(handle, runner_of(call), argument);
}

int rte_intr_callback_unregister_pending(const struct rte_intr_handle *handle,
					 rte_intr_callback_fn call, void *argument,
					 rte_intr_unregister_callback_fn last)
{
	rte_intr_callback_fn runner = runner_of(call);
	int rc = EAL_S_OWN(rte_intr_callback_unregister_pending)(handle, runner, argument, last);
	/* By who stops the port, at the closed gate: EAL's thread may stand before it with this handler. */
	if (rc > 0 && runner != call && !in_handler)
		unregistered = argument;
	return rc;
}

/* gateClosings() → how often the gate has been closed: 0 after memif has met a peer, and it is not there */
static napi_value gate_closings(napi_env env, napi_callback_info info)
{
	(void)info;
	return number(env, closings);
}

/* portGated(id) → whether bursts on that port must pass the gate */
static napi_value port_gated(napi_env env, napi_callback_info info)
{
	ARGS(1);
	struct rte_eth_dev_info dev = { 0 };
	int rc = rte_eth_dev_info_get((uint16_t)arg_u32(env, argv[0]), &dev);
	napi_value gated;
	napi_get_boolean(env, rc == 0 && strcmp(dev.driver_name, "net_memif") == 0, &gated);
	return gated;
}

const struct method gate_methods[] = {
	{ "gateClosings", gate_closings }, { "portGated", port_gated },
	{ NULL, NULL },
};
