/*
 * Common ground of the DPDK shim: argument and result conversion for Node-API.
 *
 * The shim is a translation, not a program: each function does one DPDK call (or one loop over a
 * burst) and reports what DPDK said. What to do about it is decided in TypeScript (src/dpdk).
 * Addresses travel as JavaScript numbers: x86-64 user space ends at 2^47, exact in a double.
 */
#pragma once

#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_errno.h>

#define MAX_ARGS 8

/* A call's arguments, fetched at its top; missing ones are undefined. */
#define ARGS(n)                                                                                    \
	size_t argc = (n);                                                                         \
	napi_value argv[MAX_ARGS];                                                                 \
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL)

static inline double arg_double(napi_env env, napi_value v)
{
	double d = 0;
	napi_get_value_double(env, v, &d);
	return d;
}

static inline uint64_t arg_u64(napi_env env, napi_value v) { return (uint64_t)arg_double(env, v); }
static inline uint32_t arg_u32(napi_env env, napi_value v) { return (uint32_t)arg_double(env, v); }
static inline int arg_int(napi_env env, napi_value v) { return (int)arg_double(env, v); }
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

static inline napi_value number(napi_env env, double d)
{
	napi_value v;
	napi_create_double(env, d, &v);
	return v;
}

static inline napi_value text(napi_env env, const char *s)
{
	napi_value v;
	napi_create_string_utf8(env, s, NAPI_AUTO_LENGTH, &v);
	return v;
}

static inline void set(napi_env env, napi_value object, const char *key, napi_value value)
{
	napi_set_named_property(env, object, key, value);
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

struct method {
	const char *name;
	napi_callback call;
};

extern const struct method memory_methods[], eal_methods[], lcore_methods[], mempool_methods[],
	port_methods[], ring_methods[], burst_methods[], parcel_methods[],
	twins_methods[];

/* Called on a thread whose JavaScript environment ends: gives back its DPDK lcore id. */
void lcore_forget(void *unused);
