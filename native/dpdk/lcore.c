/* Threads as lcores: registration, name, CPU set, yielding. `lcore…` act on the calling thread. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "shim.h"

static __thread bool registered;
__thread struct lap lap;

/* lcoreRegister() → lcore id. Without one a thread has no mempool cache (rte_thread_register). */
static napi_value lcore_register(napi_env env, napi_callback_info info)
{
	(void)info;
	if (rte_thread_register() != 0)
		return throw_errno(env, "rte_thread_register", rte_errno);
	registered = true;
	return number(env, rte_lcore_id());
}

void lcore_forget(void *unused)
{
	(void)unused;
	if (registered)
		rte_thread_unregister();
	registered = false;
}

/* lcoreName(name): at most 15 characters are kept (pthread_setname_np) */
static napi_value lcore_name(napi_env env, napi_callback_info info)
{
	ARGS(1);
	char name[16];
	arg_string(env, argv[0], name, sizeof(name));
	pthread_setname_np(pthread_self(), name);
	return NULL;
}

/* lcorePin(cpu) */
static napi_value lcore_pin(napi_env env, napi_callback_info info)
{
	ARGS(1);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(arg_u32(env, argv[0]), &cpus);
	int rc = pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	return rc == 0 ? NULL : throw_errno(env, "pthread_setaffinity_np", rc);
}

static napi_value cpu_list(napi_env env, const cpu_set_t *cpus)
{
	napi_value list;
	uint32_t n = 0;
	napi_create_array(env, &list);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			napi_set_element(env, list, n++, number(env, cpu));
	return list;
}

/* lcoreCpus() → the CPUs this thread may run on */
static napi_value lcore_cpus(napi_env env, napi_callback_info info)
{
	(void)info;
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	pthread_getaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	return cpu_list(env, &cpus);
}

/* threadCpus(tid) → the CPUs that thread may run on; none if it has ended */
static napi_value thread_cpus(napi_env env, napi_callback_info info)
{
	ARGS(1);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	sched_getaffinity((pid_t)arg_u32(env, argv[0]), sizeof(cpus), &cpus);
	return cpu_list(env, &cpus);
}

/* threadPlace(tid, cpus): the CPUs it may run on from now on; a thread that has ended is let be */
static napi_value thread_place(napi_env env, napi_callback_info info)
{
	ARGS(2);
	cpu_set_t cpus;
	uint32_t n = 0;
	CPU_ZERO(&cpus);
	napi_get_array_length(env, argv[1], &n);
	for (uint32_t i = 0; i < n; i++) {
		napi_value cpu;
		napi_get_element(env, argv[1], i, &cpu);
		CPU_SET(arg_u32(env, cpu), &cpus);
	}
	sched_setaffinity((pid_t)arg_u32(env, argv[0]), sizeof(cpus), &cpus);
	return NULL;
}

/* Work ends here; what follows up to the next mark is idle. */
static void idle_from_now(void)
{
	lap_mark(rte_rdtsc(), lap.working);
	lap.working = false;
}

static void idle_until_now(void) { lap_mark(rte_rdtsc(), false); }

/* lcoreMark(): for a wait elsewhere, before it and after: what is between counts as idle */
static napi_value lcore_mark(napi_env env, napi_callback_info info)
{
	(void)env, (void)info;
	idle_from_now();
	return NULL;
}

/* lcorePause(n): n times the CPU's hint that this is a wait loop (rte_pause) */
static napi_value lcore_pause(napi_env env, napi_callback_info info)
{
	ARGS(1);
	idle_from_now();
	for (uint32_t n = arg_u32(env, argv[0]); n > 0; n--)
		rte_pause();
	idle_until_now();
	return NULL;
}

/* lcoreYield(): lets another thread of this CPU run (sched_yield) */
static napi_value lcore_yield(napi_env env, napi_callback_info info)
{
	(void)env, (void)info;
	idle_from_now();
	sched_yield();
	idle_until_now();
	return NULL;
}

/* lcoreSleep(microseconds) */
static napi_value lcore_sleep(napi_env env, napi_callback_info info)
{
	ARGS(1);
	uint32_t us = arg_u32(env, argv[0]);
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000L };
	idle_from_now();
	nanosleep(&t, NULL);
	idle_until_now();
	return NULL;
}

const struct method lcore_methods[] = {
	{ "lcoreRegister", lcore_register }, { "lcoreName", lcore_name }, { "lcorePin", lcore_pin },
	{ "lcoreCpus", lcore_cpus },         { "lcorePause", lcore_pause },
	{ "threadCpus", thread_cpus },       { "threadPlace", thread_place },
	{ "lcoreYield", lcore_yield }, { "lcoreSleep", lcore_sleep }, { "lcoreMark", lcore_mark },
	{ NULL, NULL },
};
