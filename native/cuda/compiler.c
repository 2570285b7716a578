/* NVRTC, CUDA's compiler in a library: opened at first use, version 13 or 12. */
#include <dlfcn.h>
#include <pthread.h>

#include "shim.h"

typedef struct program_st *program_t;

/* name here, arguments; NVRTC documentation, chapter "Compilation" */
#define NVRTC_FUNCTIONS(F)                                                                         \
	F(nvrtcVersion, (int *, int *))                                                            \
	F(nvrtcGetNumSupportedArchs, (int *))                                                      \
	F(nvrtcGetSupportedArchs, (int *))                                                         \
	F(nvrtcCreateProgram,                                                                      \
	  (program_t *, const char *, const char *, int, const char *const *, const char *const *)) \
	F(nvrtcDestroyProgram, (program_t *))                                                      \
	F(nvrtcAddNameExpression, (program_t, const char *))                                       \
	F(nvrtcGetLoweredName, (program_t, const char *, const char **))                           \
	F(nvrtcCompileProgram, (program_t, int, const char *const *))                              \
	F(nvrtcGetProgramLogSize, (program_t, size_t *))                                           \
	F(nvrtcGetProgramLog, (program_t, char *))                                                 \
	F(nvrtcGetCUBINSize, (program_t, size_t *))                                                \
	F(nvrtcGetCUBIN, (program_t, char *))                                                      \
	F(nvrtcGetPTXSize, (program_t, size_t *))                                                  \
	F(nvrtcGetPTX, (program_t, char *))

static struct {
#define F(name, arguments) int(*name) arguments;
	NVRTC_FUNCTIONS(F)
#undef F
} nvrtc;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char missing[256];

static void load(void)
{
	/* The loader's own path first, then where CUDA's installer puts it. */
	static const char *const names[] = {
		"libnvrtc.so.13", "libnvrtc.so.12",
		"/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12",
	};
	void *library = NULL;
	for (size_t i = 0; library == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(missing, sizeof(missing), "libnvrtc.so.13 and libnvrtc.so.12 are not there");
		return;
	}
#define F(name, arguments)                                                                         \
	*(void **)&nvrtc.name = dlsym(library, #name);                                             \
	if (nvrtc.name == NULL) {                                                                  \
		snprintf(missing, sizeof(missing), "libnvrtc has no %s", #name);                   \
		return;                                                                            \
	}
	NVRTC_FUNCTIONS(F)
#undef F
}

/* compilerLoad() → why NVRTC cannot be used here, empty when it can */
static napi_value compiler_load(napi_env env, napi_callback_info info)
{
	(void)info;
	pthread_once(&once, load);
	return text(env, missing);
}

/* compilerVersion() → "13.0" */
static napi_value compiler_version(napi_env env, napi_callback_info info)
{
	(void)info;
	int major = 0, minor = 0;
	char version[32];
	nvrtc.nvrtcVersion(&major, &minor);
	snprintf(version, sizeof(version), "%d.%d", major, minor);
	return text(env, version);
}

/* compilerArchitectures() → [75, 80, 90, …], as in sm_90 */
static napi_value compiler_architectures(napi_env env, napi_callback_info info)
{
	(void)info;
	int count = 0, list[256];
	napi_value array;
	napi_create_array(env, &array);
	if (nvrtc.nvrtcGetNumSupportedArchs(&count) != 0 || count > 256 ||
	    nvrtc.nvrtcGetSupportedArchs(list) != 0)
		return array;
	for (int i = 0; i < count; i++)
		napi_set_element(env, array, i, number(env, list[i]));
	return array;
}

#define OPTIONS_MAX 16

static napi_value bytes_of(napi_env env, program_t program, bool cubin)
{
	size_t size = 0;
	int rc = cubin ? nvrtc.nvrtcGetCUBINSize(program, &size) : nvrtc.nvrtcGetPTXSize(program, &size);
	void *data = NULL;
	napi_value buffer, array;
	if (rc != 0 || napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok ||
	    (cubin ? nvrtc.nvrtcGetCUBIN(program, data) : nvrtc.nvrtcGetPTX(program, data)) != 0)
		return NULL;
	napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array);
	return array;
}

/*
 * compile(source, file, options, cubin, name) → { code: Uint8Array or null, log, entry }. `file` is
 * how messages name the source; `name`, unless empty, a kernel's C++ name, and `entry` what it is
 * called in the code. PTX ends with a zero, as cuModuleLoadDataEx wants it.
 */
static napi_value compile(napi_env env, napi_callback_info info)
{
	ARGS(5);
	char *source = arg_text(env, argv[0]), *file = arg_text(env, argv[1]);
	char *name = arg_text(env, argv[4]);
	const char *entry = NULL;
	char *options[OPTIONS_MAX];
	uint32_t count = 0;
	napi_get_array_length(env, argv[2], &count);
	count = count > OPTIONS_MAX ? OPTIONS_MAX : count;
	for (uint32_t i = 0; i < count; i++) {
		napi_value option;
		napi_get_element(env, argv[2], i, &option);
		options[i] = arg_text(env, option);
	}
	bool cubin = false;
	napi_get_value_bool(env, argv[3], &cubin);

	napi_value object, null, code = NULL;
	napi_create_object(env, &object);
	napi_get_null(env, &null);
	char *log = NULL;
	program_t program = NULL;
	if (nvrtc.nvrtcCreateProgram(&program, source, file, 0, NULL, NULL) == 0) {
		if (name != NULL && name[0] != '\0')
			nvrtc.nvrtcAddNameExpression(program, name);
		int rc = nvrtc.nvrtcCompileProgram(program, (int)count, (const char *const *)options);
		size_t size = 0;
		if (nvrtc.nvrtcGetProgramLogSize(program, &size) == 0 && (log = calloc(1, size + 1)) != NULL)
			nvrtc.nvrtcGetProgramLog(program, log);
		if (rc == 0)
			code = bytes_of(env, program, cubin);
		if (rc != 0 || nvrtc.nvrtcGetLoweredName(program, name, &entry) != 0)
			entry = NULL;
		/* It belongs to the program. */
		set(env, object, "entry", text(env, entry == NULL ? "" : entry));
		nvrtc.nvrtcDestroyProgram(&program);
	}
	set(env, object, "code", code == NULL ? null : code);
	set(env, object, "log", text(env, log == NULL ? "" : log));
	free(log);
	free(source);
	free(file);
	free(name);
	for (uint32_t i = 0; i < count; i++)
		free(options[i]);
	return object;
}

const struct method compiler_methods[] = {
	{ "compilerLoad", compiler_load },
	{ "compilerVersion", compiler_version },
	{ "compilerArchitectures", compiler_architectures },
	{ "compile", compile },
	{ NULL, NULL },
};
