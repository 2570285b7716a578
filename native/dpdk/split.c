/*
 * Header/data split of frames that a port received whole: the first bytes stay in their mbuf, the
 * rest moves into mbufs of another pool, whose buffers are device memory that the CPU writes.
 */
#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "fetch.h"
#include "shim.h"

/* What --verify knows of a frame: struct fingerprint as a device takes it (src/kernels/fingerprint.ts). */
struct record {
	uint32_t head[4];
	uint32_t low, high, length, segments;
};

/* What is split, and what came of it. src/dpdk/header-split.ts has the same layout: change both. */
struct split {
	uint64_t mbufs;     /* struct rte_mbuf *[received]; then of those kept             @0  */
	uint64_t headers;   /* {addr, size}[received] to fill: headers, as the CPU sees them @8 */
	uint64_t payloads;  /* {addr, size}[received] to fill: payloads, as the device does @16 */
	uint64_t records;   /* struct record[received] that move with their frames, 0: none @24 */
	uint64_t pool;      /* struct rte_mempool * of payloads                            @32 */
	int64_t delta;      /* device address - CPU address of their buffers               @40 */
	uint64_t nowhere;   /* where a payload of no bytes lies                            @48 */
	uint32_t received;  /*                                                             @56 */
	uint32_t bytes;     /* of a header; 0: the port has split the frames               @60 */
	uint32_t kept;      /* frames that there were payload mbufs for                    @64 */
	uint32_t pad;
	double kept_bytes;  /*                                                             @72 */
};

/* In order and by whole lines, as write-combining memory likes it. */
static inline void store(uint8_t *to, const uint8_t *from, uint32_t n)
{
	for (; n >= 64; n -= 64, to += 64, from += 64)
		rte_mov64(to, from);
	memcpy(to, from, n);
}

/* A chain with the bytes of `m` from `skip` on; NULL when the pool had too few mbufs. */
static struct rte_mbuf *payload_of(const struct rte_mbuf *m, uint32_t skip,
				   struct rte_mempool *pool)
{
	struct rte_mbuf *first = NULL, *last = NULL;
	for (; m != NULL; m = m->next, skip = 0) {
		const uint8_t *from = rte_pktmbuf_mtod_offset(m, const uint8_t *, skip);
		uint32_t left = m->data_len - skip;
		while (left != 0) {
			if (last == NULL || rte_pktmbuf_tailroom(last) == 0) {
				struct rte_mbuf *more = rte_pktmbuf_alloc(pool);
				if (more == NULL) {
					rte_pktmbuf_free(first);
					return NULL;
				}
				if (first == NULL)
					first = more;
				else
					last->next = more, first->nb_segs++;
				last = more;
			}
			uint32_t n = RTE_MIN(left, (uint32_t)rte_pktmbuf_tailroom(last));
			store(rte_pktmbuf_mtod_offset(last, uint8_t *, last->data_len), from, n);
			last->data_len += n;
			from += n, left -= n;
		}
	}
	return first;
}

/* False when there was no room for the payload; the frame is whole then. */
static inline bool cut(const struct split *s, struct rte_mbuf *m)
{
	uint32_t header = RTE_MIN(s->bytes, (uint32_t)m->data_len);
	if (m->pkt_len == header)
		return true;
	struct rte_mbuf *payload = payload_of(m, header, (struct rte_mempool *)(uintptr_t)s->pool);
	if (payload == NULL)
		return false;
	rte_pktmbuf_free(m->next);
	m->next = payload;
	m->nb_segs = payload->nb_segs + 1;
	m->data_len = header;
	return true;
}

static inline void describe(const struct split *s, const struct rte_mbuf *m, uint32_t i)
{
	struct packet *header = (struct packet *)(uintptr_t)s->headers + i;
	struct packet *payload = (struct packet *)(uintptr_t)s->payloads + i;
	header->addr = (uint64_t)rte_pktmbuf_mtod(m, uintptr_t);
	header->size = m->data_len;
	m = m->next;
	payload->addr = m == NULL ? s->nowhere : (uint64_t)(rte_pktmbuf_mtod(m, intptr_t) + s->delta);
	payload->size = m == NULL ? 0 : m->data_len;
}

/* Frames without room for their payloads are freed; the others close up, in order. */
static napi_value split(napi_env env, napi_callback_info info)
{
	struct split *s;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&s);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)s->mbufs;
	struct record *records = (struct record *)(uintptr_t)s->records;
	uint32_t kept = 0;
	uint64_t bytes = 0;
	if (s->bytes != 0)
		fetch_next((struct rte_mempool *)(uintptr_t)s->pool, s->received);
	for (uint32_t i = 0; i < s->received; i++) {
		struct rte_mbuf *m = mbufs[i];
		if (s->bytes != 0 && !cut(s, m)) {
			rte_pktmbuf_free(m);
			continue;
		}
		if (records != NULL && kept != i)
			records[kept] = records[i];
		mbufs[kept] = m;
		describe(s, m, kept++);
		bytes += m->pkt_len;
	}
	/* A status stored later must not be seen before payloads: write-combining buffers go first. */
	rte_wmb();
	s->kept = kept;
	s->kept_bytes = (double)bytes;
	return NULL;
}

/* Whose fingerprints are taken. src/dpdk/header-split.ts has the same layout: change both. */
struct split_digest {
	uint64_t mbufs;    /* struct rte_mbuf *[count]                                        @0  */
	uint64_t out;      /* struct record[count]                                            @8  */
	uint32_t count;    /*                                                                 @16 */
	uint32_t skip;     /* bytes that are kept as they are, and not summed                 @20 */
	uint32_t header;   /* whole frames: bytes of a header                                 @24 */
	uint32_t payload;  /* whole frames: most bytes of the first payload mbuf;
			      0: split frames, and `out` has the device's records of payloads @28 */
};

/* A place in a chain. */
struct cursor {
	const struct rte_mbuf *m;
	uint32_t at;
};

/* The next `bytes` bytes, four at most, zero-filled. */
static uint32_t next_word(struct cursor *c, uint32_t bytes)
{
	uint32_t word = 0;
	if (bytes == 4 && c->m->data_len >= c->at + 4) {
		memcpy(&word, rte_pktmbuf_mtod_offset(c->m, const uint8_t *, c->at), 4);
		c->at += 4;
		return word;
	}
	for (uint32_t i = 0; i < bytes;) {
		if (c->at == c->m->data_len) {
			c->m = c->m->next;
			c->at = 0;
			continue;
		}
		word |= (uint32_t)*rte_pktmbuf_mtod_offset(c->m, const uint8_t *, c->at++) << (8 * i++);
	}
	return word;
}

static inline uint32_t mix(uint32_t h)
{
	h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
	h = (h ^ (h >> 13)) * 0xC2B2AE35u;
	return h ^ (h >> 16);
}

/* Adds the `size` bytes there, as the device's kernel does it: those before `skip` are kept. */
static void add(struct record *r, struct cursor *c, uint32_t size, uint32_t skip)
{
	for (uint32_t at = 0; at < size || at < sizeof(r->head); at += 4) {
		uint32_t word = at < size ? next_word(c, RTE_MIN(size - at, 4u)) : 0, kept = 0;
		if (at < skip) {
			kept = skip - at >= 4 ? word : word & ((1u << (8 * (skip - at))) - 1);
			word ^= kept;
		}
		if (at < sizeof(r->head))
			r->head[at / 4] |= kept;
		const uint32_t mixed = mix(word ^ at * 0x9E3779B1u);
		r->low += mixed;
		r->high += mix(mixed + word);
	}
}

static napi_value split_digest(napi_env env, napi_callback_info info)
{
	struct split_digest *d;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&d);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)d->mbufs;
	struct record *records = (struct record *)(uintptr_t)d->out;
	for (uint32_t i = 0; i < d->count; i++) {
		const struct rte_mbuf *m = mbufs[i];
		struct record *r = &records[i];
		struct cursor cursor = { m, 0 };
		const bool whole = d->payload != 0;
		const uint32_t header = whole ? RTE_MIN(d->header, (uint32_t)m->data_len) : m->data_len;
		if (whole)
			memset(r, 0, sizeof(*r));
		add(r, &cursor, header, d->skip);
		if (whole)
			add(r, &cursor, RTE_MIN(m->pkt_len - header, d->payload), 0);
		r->length = m->pkt_len;
	}
	return NULL;
}

/* bindSplit(block), bindSplitDigest(block) → () => void: over the structs at that address */
static napi_value bind_split(napi_env env, napi_callback_info info)
{
	return bound(env, info, "split", split);
}

static napi_value bind_split_digest(napi_env env, napi_callback_info info)
{
	return bound(env, info, "splitDigest", split_digest);
}

const struct method split_methods[] = {
	{ "bindSplit", bind_split },
	{ "bindSplitDigest", bind_split_digest },
	{ NULL, NULL },
};
