/* Memory that every thread of the process can look at: page-aligned, outside the JavaScript heap. */
#include <stdio.h>
#include <sys/mman.h>
#include "shim.h"

#define HUGE_PAGE (2u << 20)

/*
 * memoryAllocate(bytes) → address: zeroed, page-aligned. Large spans start on a huge page, so that
 * the kernel can back them with those (THP): a pool of 4 KiB pages costs a TLB miss per mbuf.
 */
static napi_value memory_allocate(napi_env env, napi_callback_info info)
{
	ARGS(1);
	size_t bytes = arg_u64(env, argv[0]), extra = bytes >= HUGE_PAGE ? HUGE_PAGE : 0;
	char *p = mmap(NULL, bytes + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return throw_errno(env, "mmap", errno);
	if (extra != 0) {
		size_t head = -(uintptr_t)p & (HUGE_PAGE - 1);
		if (head != 0)
			munmap(p, head);
		if (head != extra)
			munmap(p + head + bytes, extra - head);
		p += head;
		madvise(p, bytes, MADV_HUGEPAGE);
	}
	return number(env, (double)(uintptr_t)p);
}

/* memoryRelease(address, bytes) */
static napi_value memory_release(napi_env env, napi_callback_info info)
{
	ARGS(2);
	if (munmap(arg_pointer(env, argv[0]), arg_u64(env, argv[1])) != 0)
		return throw_errno(env, "munmap", errno);
	return NULL;
}

/*
 * memoryView(address, bytes) → ArrayBuffer over that memory. It owns nothing: whoever allocated the
 * memory keeps it alive. V8 wants one such buffer per address and thread; src/memory sees to that.
 */
static napi_value memory_view(napi_env env, napi_callback_info info)
{
	ARGS(2);
	napi_value buffer;
	napi_status s = napi_create_external_arraybuffer(env, arg_pointer(env, argv[0]),
							 arg_u64(env, argv[1]), NULL, NULL, &buffer);
	if (s != napi_ok)
		return throw_errno(env, "napi_create_external_arraybuffer", EINVAL);
	return buffer;
}

/* memoryDetach(buffer): later use of the view throws instead of reading freed memory. */
static napi_value memory_detach(napi_env env, napi_callback_info info)
{
	ARGS(1);
	napi_detach_arraybuffer(env, argv[0]);
	return NULL;
}

const struct method memory_methods[] = {
	{ "memoryAllocate", memory_allocate },
	{ "memoryRelease", memory_release },
	{ "memoryView", memory_view },
	{ "memoryDetach", memory_detach },
	{ NULL, NULL },
};
