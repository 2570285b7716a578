/*
 * What both shims need of Node-API: arguments in, results out. Addresses and handles travel as
 * JavaScript numbers: x86-64 user space ends at 2^47, exact in a double.
 */
#pragma once

#define NAPI_VERSION 8
#include <node_api.h>

#include <stdbool.h>
#include <stdint.h>

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
static inline uint32_t arg_u32(napi_env env, napi_value v) { return (uint32_t)(int64_t)arg_double(env, v); }
static inline int arg_int(napi_env env, napi_value v) { return (int)arg_double(env, v); }

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

/* The functions of a file, as JavaScript sees them; the last has no name. */
struct method {
	const char *name;
	napi_callback call;
};

/* Hangs them on an addon's `exports`. */
static inline void export_all(napi_env env, napi_value exports, const struct method *m)
{
	for (; m->name != NULL; m++) {
		napi_value f;
		napi_create_function(env, m->name, NAPI_AUTO_LENGTH, m->call, NULL, &f);
		set(env, exports, m->name, f);
	}
}
