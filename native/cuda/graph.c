/* Graphs, built node by node. A node's dependencies are handles of nodes added before it. */
#include "shim.h"

#define NODES_BEFORE 1024

struct before {
	CUgraphNode nodes[NODES_BEFORE];
	size_t count;
};

/* The handles that stand in a Float64Array. */
static bool read_before(napi_env env, napi_value array, struct before *out)
{
	double *values = NULL;
	out->count = 0;
	napi_get_typedarray_info(env, array, NULL, &out->count, (void **)&values, NULL, NULL);
	if (out->count > NODES_BEFORE)
		return false;
	for (size_t i = 0; i < out->count; i++)
		out->nodes[i] = (CUgraphNode)(uintptr_t)values[i];
	return true;
}

static napi_value node_or_throw(napi_env env, const char *what, CUresult result, CUgraphNode node)
{
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, what, result);
	return handle(env, node);
}

/* graphCreate() */
static napi_value graph_create(napi_env env, napi_callback_info info)
{
	(void)info;
	CUgraph graph;
	CUresult result = cuda.graph_create(&graph, 0);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuGraphCreate", result);
	return handle(env, graph);
}

/* graphKernel(graph, before, function, blocks, threads, args) → node */
static napi_value graph_kernel(napi_env env, napi_callback_info info)
{
	ARGS(6);
	struct before before;
	if (!read_before(env, argv[1], &before))
		return throw_cuda(env, "cuGraphAddKernelNode", CUDA_ERROR_INVALID_VALUE);
	struct arguments arguments;
	read_arguments(env, argv[5], &arguments);
	struct kernel_node params = {
		.function = arg_handle(env, argv[2]),
		.grid = { arg_u32(env, argv[3]), 1, 1 },
		.block = { arg_u32(env, argv[4]), 1, 1 },
		.params = arguments.pointers,
	};
	CUgraphNode node;
	CUresult result = cuda.graph_kernel(&node, arg_handle(env, argv[0]), before.nodes,
					    before.count, &params);
	return node_or_throw(env, "cuGraphAddKernelNode", result, node);
}

static napi_value mem_op(napi_env env, napi_value *argv, int operation, unsigned flags)
{
	struct before before;
	if (!read_before(env, argv[1], &before))
		return throw_cuda(env, "cuGraphAddBatchMemOpNode", CUDA_ERROR_INVALID_VALUE);
	struct mem_op op = {
		.operation = operation,
		.address = arg_u64(env, argv[3]),
		.value = arg_u32(env, argv[4]),
		.flags = flags,
	};
	struct mem_op_node params = { .context = arg_handle(env, argv[2]), .count = 1, .ops = &op };
	CUgraphNode node;
	CUresult result = cuda.graph_mem_op(&node, arg_handle(env, argv[0]), before.nodes,
					    before.count, &params);
	return node_or_throw(env, "cuGraphAddBatchMemOpNode", result, node);
}

/* graphWait(graph, before, context, address, value, compare) → node */
static napi_value graph_wait(napi_env env, napi_callback_info info)
{
	ARGS(6);
	return mem_op(env, argv, WAIT_VALUE_32, arg_u32(env, argv[5]));
}

/* graphWrite(graph, before, context, address, value) → node */
static napi_value graph_write(napi_env env, napi_callback_info info)
{
	ARGS(5);
	return mem_op(env, argv, WRITE_VALUE_32, 0);
}

/* graphCopy(graph, before, context, to, from, bytes) → node */
static napi_value graph_copy(napi_env env, napi_callback_info info)
{
	ARGS(6);
	struct before before;
	if (!read_before(env, argv[1], &before))
		return throw_cuda(env, "cuGraphAddMemcpyNode", CUDA_ERROR_INVALID_VALUE);
	struct copy_node params = {
		.from_type = MEMORY_UNIFIED,
		.from = arg_u64(env, argv[4]),
		.to_type = MEMORY_UNIFIED,
		.to = arg_u64(env, argv[3]),
		.width = arg_u64(env, argv[5]),
		.height = 1,
		.depth = 1,
	};
	CUgraphNode node;
	CUresult result = cuda.graph_copy(&node, arg_handle(env, argv[0]), before.nodes,
					  before.count, &params, arg_handle(env, argv[2]));
	return node_or_throw(env, "cuGraphAddMemcpyNode", result, node);
}

/*
 * graphInstantiate(graph, stream) → CUgraphExec, on the device already, so that its first launch is
 * no slower than the others. The graph itself is gone afterwards, also when this throws.
 */
static napi_value graph_instantiate(napi_env env, napi_callback_info info)
{
	ARGS(2);
	CUgraph graph = arg_handle(env, argv[0]);
	CUgraphExec exec;
	const char *call = "cuGraphInstantiate";
	CUresult result = cuda.graph_instantiate(&exec, graph, 0);
	if (result == CUDA_SUCCESS) {
		call = "cuGraphUpload";
		result = cuda.graph_upload(exec, arg_handle(env, argv[1]));
		if (result != CUDA_SUCCESS)
			cuda.graph_exec_destroy(exec);
	}
	cuda.graph_destroy(graph);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, call, result);
	return handle(env, exec);
}

/* graphDiscard(graph): one that was not instantiated */
static napi_value graph_discard(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.graph_destroy(arg_handle(env, argv[0])));
}

/* graphLaunch(stream, exec) → CUresult */
static napi_value graph_launch(napi_env env, napi_callback_info info)
{
	ARGS(2);
	return number(env, cuda.graph_launch(arg_handle(env, argv[1]), arg_handle(env, argv[0])));
}

/* graphDestroy(exec) → CUresult */
static napi_value graph_destroy(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.graph_exec_destroy(arg_handle(env, argv[0])));
}

const struct method graph_methods[] = {
	{ "graphCreate", graph_create },
	{ "graphKernel", graph_kernel },
	{ "graphWait", graph_wait },
	{ "graphWrite", graph_write },
	{ "graphCopy", graph_copy },
	{ "graphInstantiate", graph_instantiate },
	{ "graphDiscard", graph_discard },
	{ "graphLaunch", graph_launch },
	{ "graphDestroy", graph_destroy },
	{ NULL, NULL },
};
