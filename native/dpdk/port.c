/* Ethernet ports: attach, configure, start, statistics, detach. One ethdev call a function. */
#include <stdio.h>
#include <stdlib.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "shim.h"

/* False with an exception pending. */
static bool info_of(napi_env env, uint16_t id, struct rte_eth_dev_info *dev)
{
	int rc = rte_eth_dev_info_get(id, dev);
	if (rc != 0)
		throw_errno(env, "rte_eth_dev_info_get", -rc);
	return rc == 0;
}

/* portAttach(devargs) → [port id, …]: probes the device and lists the ports it brought */
static napi_value port_attach(napi_env env, napi_callback_info info)
{
	ARGS(1);
	char devargs[4096];
	arg_string(env, argv[0], devargs, sizeof(devargs));
	bool before[RTE_MAX_ETHPORTS];
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		before[id] = rte_eth_dev_is_valid_port(id);
	int rc = rte_dev_probe(devargs);
	if (rc != 0)
		return throw_errno(env, "rte_dev_probe", -rc);
	napi_value ids;
	uint32_t n = 0;
	napi_create_array(env, &ids);
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (!before[id] && rte_eth_dev_is_valid_port(id))
			napi_set_element(env, ids, n++, number(env, id));
	return ids;
}

/* portDetach(id): the port must be stopped; removes the device behind it */
static napi_value port_detach(napi_env env, napi_callback_info info)
{
	ARGS(1);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	struct rte_eth_dev_info dev;
	if (!info_of(env, id, &dev))
		return NULL;
	rte_eth_dev_close(id);
	int rc = rte_dev_remove(dev.device);
	return rc == 0 ? NULL : throw_errno(env, "rte_dev_remove", -rc);
}

/*
 * portConfigure(id, rxQueues, txQueues, offloads): RSS over several queues and chained frames where
 * possible; `offloads` are RX offloads (RTE_ETH_RX_OFFLOAD_…) beside, which the device must have
 */
static napi_value port_configure(napi_env env, napi_callback_info info)
{
	ARGS(4);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	uint16_t rx = (uint16_t)arg_u32(env, argv[1]), tx = (uint16_t)arg_u32(env, argv[2]);
	struct rte_eth_dev_info dev;
	if (!info_of(env, id, &dev))
		return NULL;
	struct rte_eth_conf conf = { 0 };
	conf.txmode.offloads = dev.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	conf.rxmode.offloads = dev.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	conf.rxmode.offloads |= arg_u64(env, argv[3]);
	if (rx > 1 && dev.flow_type_rss_offloads != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = dev.flow_type_rss_offloads;
	}
	int rc = rte_eth_dev_configure(id, rx, tx, &conf);
	return rc == 0 ? NULL : throw_errno(env, "rte_eth_dev_configure", -rc);
}

/* portDescriptors(id, rx, tx) → [rx, tx] as the device takes them (0: its own default) */
static napi_value port_descriptors(napi_env env, napi_callback_info info)
{
	ARGS(3);
	uint16_t rx = (uint16_t)arg_u32(env, argv[1]), tx = (uint16_t)arg_u32(env, argv[2]);
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc((uint16_t)arg_u32(env, argv[0]), &rx, &tx);
	if (rc != 0)
		return throw_errno(env, "rte_eth_dev_adjust_nb_rx_tx_desc", -rc);
	napi_value pair;
	napi_create_array_with_length(env, 2, &pair);
	napi_set_element(env, pair, 0, number(env, rx));
	napi_set_element(env, pair, 1, number(env, tx));
	return pair;
}

/* portRxQueue(id, queue, descriptors, pool) */
static napi_value port_rx_queue(napi_env env, napi_callback_info info)
{
	ARGS(4);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	int rc = rte_eth_rx_queue_setup(id, (uint16_t)arg_u32(env, argv[1]),
					(uint16_t)arg_u32(env, argv[2]), rte_eth_dev_socket_id(id),
					NULL, arg_pointer(env, argv[3]));
	return rc == 0 ? NULL : throw_errno(env, "rte_eth_rx_queue_setup", -rc);
}

/* portRxQueueSplit(id, queue, descriptors, headers, bytes, payloads): the first `bytes` bytes of a
 * frame to the pool `headers`, the rest to `payloads` (struct rte_eth_rxseg_split) */
static napi_value port_rx_queue_split(napi_env env, napi_callback_info info)
{
	ARGS(6);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	struct rte_eth_dev_info dev;
	if (!info_of(env, id, &dev))
		return NULL;
	union rte_eth_rxseg segments[2] = {
		{ .split = { .mp = arg_pointer(env, argv[3]),
			     .length = (uint16_t)arg_u32(env, argv[4]) } },
		{ .split = { .mp = arg_pointer(env, argv[5]) } },
	};
	struct rte_eth_rxconf conf = dev.default_rxconf;
	conf.offloads |= RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT;
	conf.rx_seg = segments;
	conf.rx_nseg = 2;
	int rc = rte_eth_rx_queue_setup(id, (uint16_t)arg_u32(env, argv[1]),
					(uint16_t)arg_u32(env, argv[2]), rte_eth_dev_socket_id(id),
					&conf, NULL);
	return rc == 0 ? NULL : throw_errno(env, "rte_eth_rx_queue_setup", -rc);
}

/*
 * portDmaMap(id, address, bytes) → whether the device has a DMA of its own, which reaches that memory
 * from now on; it is registered (extmemRegister), and its IOVA is its address
 */
static napi_value port_dma_map(napi_env env, napi_callback_info info)
{
	ARGS(3);
	struct rte_eth_dev_info dev;
	if (!info_of(env, (uint16_t)arg_u32(env, argv[0]), &dev))
		return NULL;
	void *address = arg_pointer(env, argv[1]);
	int rc = rte_dev_dma_map(dev.device, address, (uintptr_t)address, arg_u64(env, argv[2]));
	if (rc != 0 && rte_errno != ENOTSUP)
		return throw_errno(env, "rte_dev_dma_map", rte_errno);
	napi_value mapped;
	napi_get_boolean(env, rc == 0, &mapped);
	return mapped;
}

/* portDmaUnmap(id, address, bytes): what portDmaMap mapped */
static napi_value port_dma_unmap(napi_env env, napi_callback_info info)
{
	ARGS(3);
	struct rte_eth_dev_info dev;
	if (!info_of(env, (uint16_t)arg_u32(env, argv[0]), &dev))
		return NULL;
	void *address = arg_pointer(env, argv[1]);
	if (rte_dev_dma_unmap(dev.device, address, (uintptr_t)address, arg_u64(env, argv[2])) != 0)
		return throw_errno(env, "rte_dev_dma_unmap", rte_errno);
	return NULL;
}

/* portTxQueue(id, queue, descriptors) */
static napi_value port_tx_queue(napi_env env, napi_callback_info info)
{
	ARGS(3);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	int rc = rte_eth_tx_queue_setup(id, (uint16_t)arg_u32(env, argv[1]),
					(uint16_t)arg_u32(env, argv[2]), rte_eth_dev_socket_id(id),
					NULL);
	return rc == 0 ? NULL : throw_errno(env, "rte_eth_tx_queue_setup", -rc);
}

/* portStart(id): promiscuous where the device can be, as every forwarder needs */
static napi_value port_start(napi_env env, napi_callback_info info)
{
	ARGS(1);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	int rc = rte_eth_dev_start(id);
	if (rc != 0)
		return throw_errno(env, "rte_eth_dev_start", -rc);
	rte_eth_promiscuous_enable(id);
	return NULL;
}

/* portStop(id): behind the gate, since memif's handlers do the same when its peer goes */
static napi_value port_stop(napi_env env, napi_callback_info info)
{
	ARGS(1);
	gate_close();
	gate_wait();
	int rc = rte_eth_dev_stop((uint16_t)arg_u32(env, argv[0]));
	gate_open();
	return rc == 0 ? NULL : throw_errno(env, "rte_eth_dev_stop", -rc);
}

/* portReap(id, queue): a burst of nothing, by which the driver looks which mbufs it may free */
static napi_value port_reap(napi_env env, napi_callback_info info)
{
	ARGS(2);
	struct rte_mbuf *none[1] = { NULL };
	rte_eth_tx_burst((uint16_t)arg_u32(env, argv[0]), (uint16_t)arg_u32(env, argv[1]), none, 0);
	return NULL;
}

/* portInfo(id) → name, driver, MAC address, NUMA node, limits */
static napi_value port_info(napi_env env, napi_callback_info info)
{
	ARGS(1);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]), mtu = 0;
	struct rte_eth_dev_info dev;
	struct rte_ether_addr mac = { 0 };
	char name[RTE_ETH_NAME_MAX_LEN] = "", address[RTE_ETHER_ADDR_FMT_SIZE];
	if (!info_of(env, id, &dev))
		return NULL;
	rte_eth_dev_get_name_by_port(id, name);
	rte_eth_macaddr_get(id, &mac);
	rte_ether_format_addr(address, sizeof(address), &mac);
	rte_eth_dev_get_mtu(id, &mtu);
	napi_value o;
	napi_create_object(env, &o);
	set(env, o, "name", text(env, name));
	set(env, o, "driver", text(env, dev.driver_name));
	set(env, o, "mac", text(env, address));
	set(env, o, "mtu", number(env, mtu));
	set(env, o, "socket", number(env, rte_eth_dev_socket_id(id)));
	set(env, o, "maxRxQueues", number(env, dev.max_rx_queues));
	set(env, o, "maxTxQueues", number(env, dev.max_tx_queues));
	set(env, o, "rxOffloads", number(env, (double)dev.rx_offload_capa));
	set(env, o, "splitPools", number(env, dev.rx_seg_capa.multi_pools ? dev.rx_seg_capa.max_nseg : 0));
	set(env, o, "splitHeaders",
	    number(env, rte_eth_buffer_split_get_supported_hdr_ptypes(id, NULL, 0)));
	return o;
}

/* portLink(id) → { up, mbps, fullDuplex } */
static napi_value port_link(napi_env env, napi_callback_info info)
{
	ARGS(1);
	struct rte_eth_link link = { 0 };
	int rc = rte_eth_link_get_nowait((uint16_t)arg_u32(env, argv[0]), &link);
	if (rc != 0)
		return throw_errno(env, "rte_eth_link_get_nowait", -rc);
	napi_value o, up, full;
	napi_create_object(env, &o);
	napi_get_boolean(env, link.link_status == RTE_ETH_LINK_UP, &up);
	napi_get_boolean(env, link.link_duplex == RTE_ETH_LINK_FULL_DUPLEX, &full);
	set(env, o, "up", up);
	set(env, o, "mbps",
	    number(env, link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed));
	set(env, o, "fullDuplex", full);
	return o;
}

/* portStats(id) → rte_eth_stats */
static napi_value port_stats(napi_env env, napi_callback_info info)
{
	ARGS(1);
	struct rte_eth_stats s;
	int rc = rte_eth_stats_get((uint16_t)arg_u32(env, argv[0]), &s);
	if (rc != 0)
		return throw_errno(env, "rte_eth_stats_get", -rc);
	napi_value o;
	napi_create_object(env, &o);
	set(env, o, "ipackets", number(env, (double)s.ipackets));
	set(env, o, "opackets", number(env, (double)s.opackets));
	set(env, o, "ibytes", number(env, (double)s.ibytes));
	set(env, o, "obytes", number(env, (double)s.obytes));
	set(env, o, "imissed", number(env, (double)s.imissed));
	set(env, o, "ierrors", number(env, (double)s.ierrors));
	set(env, o, "oerrors", number(env, (double)s.oerrors));
	set(env, o, "rxNombuf", number(env, (double)s.rx_nombuf));
	return o;
}

/* portXstats(id) → every extended statistic by name */
static napi_value port_xstats(napi_env env, napi_callback_info info)
{
	ARGS(1);
	uint16_t id = (uint16_t)arg_u32(env, argv[0]);
	int n = rte_eth_xstats_get(id, NULL, 0);
	if (n < 0)
		return throw_errno(env, "rte_eth_xstats_get", -n);
	struct rte_eth_xstat *values = calloc((size_t)n + 1, sizeof(*values));
	struct rte_eth_xstat_name *names = calloc((size_t)n + 1, sizeof(*names));
	napi_value o;
	napi_create_object(env, &o);
	if (rte_eth_xstats_get(id, values, (unsigned)n) == n &&
	    rte_eth_xstats_get_names(id, names, (unsigned)n) == n)
		for (int i = 0; i < n; i++)
			set(env, o, names[i].name, number(env, (double)values[i].value));
	free(values);
	free(names);
	return o;
}

const struct method port_methods[] = {
	{ "portAttach", port_attach },       { "portDetach", port_detach },
	{ "portConfigure", port_configure }, { "portDescriptors", port_descriptors },
	{ "portRxQueue", port_rx_queue },    { "portTxQueue", port_tx_queue },
	{ "portRxQueueSplit", port_rx_queue_split },
	{ "portDmaMap", port_dma_map },      { "portDmaUnmap", port_dma_unmap },
	{ "portStart", port_start },         { "portStop", port_stop },
	{ "portReap", port_reap },
	{ "portInfo", port_info },           { "portLink", port_link },
	{ "portStats", port_stats },         { "portXstats", port_xstats },
	{ NULL, NULL },
};
