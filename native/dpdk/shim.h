/*
 * Common ground of the DPDK shim.
 *
 * The shim is a translation, not a program: each function does one DPDK call (or one loop over a
 * burst) and reports what DPDK said. What to do about it is decided in TypeScript (src/dpdk).
 */
#pragma once

#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "../napi.h"

static inline void *arg_pointer(napi_env env, napi_value v) { return (void *)(uintptr_t)arg_u64(env, v); }

static inline bool arg_bool(napi_env env, napi_value v)
{
	bool b = false;
	napi_get_value_bool(env, v, &b);
	return b;
}

static inline void arg_string(napi_env env, napi_value v, char *out, size_t size)
{
	size_t length;
	if (napi_get_value_string_utf8(env, v, out, size, &length) != napi_ok)
		out[0] = '\0';
}

/* Throws `what`, with the errno (positive) as the error's code; returns NULL for the caller. */
static inline napi_value throw_errno(napi_env env, const char *what, int error)
{
	char code[16], message[512];
	snprintf(code, sizeof(code), "%d", error);
	snprintf(message, sizeof(message), "%s: %s", what, rte_strerror(error));
	napi_throw_error(env, code, message);
	return NULL;
}

/* `call` over the block of memory at the address that is the argument: a function without any. */
static inline napi_value bound(napi_env env, napi_callback_info info, const char *name,
			       napi_callback call)
{
	ARGS(1);
	napi_value f;
	napi_create_function(env, name, NAPI_AUTO_LENGTH, call, arg_pointer(env, argv[0]), &f);
	return f;
}

struct packet { /* struct rte_gpu_comm_pkt */
	uint64_t addr, size;
};

/*
 * How this thread has spent its time, in cycles: at work, which lasts from a turn that moved packets
 * until something waits, or idle. A turn adds both to its totals (burst.c); what waits marks the
 * moment (lcore.c). Before a thread's first turn nothing counts.
 */
struct lap {
	uint64_t since; /* up to when the time is accounted for, 0: not begun */
	bool working;
	uint64_t busy, idle;
};
/* As DPDK's own per-lcore variables: found without a call, within the room that glibc keeps for it. */
extern __thread struct lap lap __attribute__((tls_model("initial-exec")));

static inline void lap_mark(uint64_t now, bool busy)
{
	if (lap.since == 0)
		return;
	if (busy)
		lap.busy += now - lap.since;
	else
		lap.idle += now - lap.since;
	lap.since = now;
}

extern const struct method memory_methods[], eal_methods[], lcore_methods[], mempool_methods[],
	port_methods[], ring_methods[], burst_methods[], gate_methods[], landing_methods[],
	parcel_methods[], twins_methods[], split_methods[];

/* The gate (gate.c). A burst is made between enter, if that lets it, and leave. */
bool gate_enter(void);
void gate_leave(void);
/* What may not run beside a burst: between close, then wait, and open. */
void gate_close(void);
bool gate_wait(void);
void gate_open(void);

/* Called on a thread whose JavaScript environment ends: gives back its DPDK lcore id. */
void lcore_forget(void *unused);
