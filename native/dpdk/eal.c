/* The environment abstraction layer: start, clean-up, log, time-stamp counter. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_log.h>
#include <rte_version.h>

#include "shim.h"

/* The end of DPDK's log, kept for error messages instead of going to standard error. */
static char log_tail[8192];
static size_t log_length;
static bool log_echo;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t log_write(void *cookie, const char *data, size_t size)
{
	(void)cookie;
	pthread_mutex_lock(&log_lock);
	if (log_echo)
		fwrite(data, 1, size, stderr);
	size_t take = size < sizeof(log_tail) ? size : sizeof(log_tail);
	size_t keep = log_length + take > sizeof(log_tail) ? sizeof(log_tail) - take : log_length;
	memmove(log_tail, log_tail + (log_length - keep), keep);
	memcpy(log_tail + keep, data + (size - take), take);
	log_length = keep + take;
	pthread_mutex_unlock(&log_lock);
	return (ssize_t)size;
}

/* logTake() → what DPDK logged since the last call (its last 8 KiB) */
static napi_value log_take(napi_env env, napi_callback_info info)
{
	(void)info;
	napi_value v;
	pthread_mutex_lock(&log_lock);
	napi_create_string_utf8(env, log_tail, log_length, &v);
	log_length = 0;
	pthread_mutex_unlock(&log_lock);
	return v;
}

/*
 * ealInit(arguments, echo): rte_eal_init, with the log going to logTake (and to standard error if
 * echo). EAL pins the calling thread to the main lcore's CPU; that would pin every thread made
 * later too, so the thread's own CPU set is put back.
 */
static napi_value eal_init(napi_env env, napi_callback_info info)
{
	ARGS(2);
	uint32_t count;
	napi_get_array_length(env, argv[0], &count);
	/* EAL keeps pointers into its arguments for as long as the process lives. */
	char **arguments = calloc(count + 1, sizeof(char *));
	for (uint32_t i = 0; i < count; i++) {
		napi_value v;
		char buffer[4096];
		napi_get_element(env, argv[0], i, &v);
		arg_string(env, v, buffer, sizeof(buffer));
		arguments[i] = strdup(buffer);
	}
	log_echo = arg_bool(env, argv[1]);
	cookie_io_functions_t io = { .write = log_write };
	FILE *stream = fopencookie(NULL, "w", io);
	setvbuf(stream, NULL, _IOLBF, 0);
	rte_openlog_stream(stream);

	cpu_set_t cpus;
	pthread_getaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	int rc = rte_eal_init((int)count, arguments);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	if (rc < 0)
		return throw_errno(env, "rte_eal_init", rte_errno);
	return NULL;
}

static napi_value eal_cleanup(napi_env env, napi_callback_info info)
{
	(void)info;
	int rc = rte_eal_cleanup();
	return rc == 0 ? NULL : throw_errno(env, "rte_eal_cleanup", -rc);
}

static napi_value dpdk_version(napi_env env, napi_callback_info info)
{
	(void)info;
	return text(env, rte_version());
}

/* tsc() → cycles now, tscHz() → cycles a second; exact up to 2^53 cycles (33 days at 3 GHz) */
static napi_value tsc(napi_env env, napi_callback_info info)
{
	(void)info;
	return number(env, (double)rte_rdtsc());
}

static napi_value tsc_hz(napi_env env, napi_callback_info info)
{
	(void)info;
	return number(env, (double)rte_get_tsc_hz());
}

const struct method eal_methods[] = {
	{ "ealInit", eal_init },   { "ealCleanup", eal_cleanup }, { "logTake", log_take },
	{ "tsc", tsc },            { "tscHz", tsc_hz },           { "dpdkVersion", dpdk_version },
	{ NULL, NULL },
};
