/*
 * The data plane's calls. Each is bound to a block of shared memory and then called with no
 * arguments and no result: an argument converted by Node-API costs as much as five packets, and an
 * address is garbage afterwards.
 */
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "fetch.h"
#include "shim.h"

/*
 * What a turn does, and what came of it. src/dpdk/turn.ts has the same layout: change both.
 * Addresses are doubles, which is what they are in JavaScript: an integer of 64 bits takes it longer
 * to store. Requests and results lie on lines of their own; totals only grow, so that they are right at
 * whatever moment a thread dies.
 */
struct turn {
	/* request                             @0 */
	double tx_mbufs;      /* struct rte_mbuf *[tx_count] to send        @0  */
	double rx_mbufs;      /* struct rte_mbuf *[rx_max] to fill          @8  */
	double rx_packets;    /* {addr, size} to fill beside, 0: not wanted @16 */
	int64_t delta;        /* device address - CPU address               @24 */
	uint32_t port;        /*                                            @32 */
	uint32_t queue;       /*                                            @36 */
	uint32_t tx_count;    /* 0: nothing to send                         @40 */
	uint32_t rx_max;      /* 0: receive nothing                         @44 */
	double tx_bytes;      /* of the frames to send; then of those left  @48 */
	uint32_t gated;       /* whether to pass the gate (gate.c)          @56 */
	uint8_t pad0[4];
	/* result                             @64 */
	double tsc;           /* when the call was over                     @64 */
	uint32_t sent;        /*                                            @72 */
	uint32_t received;    /*                                            @76 */
	uint32_t shortest;    /* smallest first segment received, bytes     @80 */
	uint32_t chained;     /* frames received in more than one segment   @84 */
	double rx_bytes;      /* received                                   @88 */
	uint8_t pad1[32];
	/* totals                             @128 */
	double tx_packets_total, tx_bytes_total, rx_packets_total, rx_bytes_total;
	double calls, empty;  /* turns made; turns that moved nothing */
	double busy_cycles, idle_cycles; /* of this thread, see struct lap */
	/* look-ahead: what this lcore will send soon  @192 */
	double soon_mbufs;    /* struct rte_mbuf *[soon_count] whose mbufs to fetch    @192 */
	uint32_t soon_count;  /*                                            @200 */
	uint32_t later_bytes; /* of the array to fetch as it is             @204 */
	double later_mbufs;   /* that array                                 @208 */
	double later[2];      /* two more lines to fetch, 0: look nowhere   @216 */
	/* totals, too: this thread stood still for STALL_US or longer, where nothing waited  @232 */
	double stalls, stalled_cycles;
	uint8_t pad3[8];
} __rte_cache_aligned;

static inline void *at(double address)
{
	return (void *)(intptr_t)address;
}

static inline uint64_t bytes_of(struct rte_mbuf *const *mbufs, uint32_t n)
{
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < n; i++)
		bytes += mbufs[i]->pkt_len;
	return bytes;
}

/*
 * Asks for what the sender will need next but one, and the mbufs it will need next: it walks from
 * status to item to mbufs, and would wait for another lcore's cache at every step.
 */
static inline void look_ahead(const struct turn *t)
{
	struct rte_mbuf *const *mbufs = at(t->soon_mbufs);
	const char *later = at(t->later_mbufs);
	for (uint32_t i = 0; i < t->soon_count; i++) {
		rte_mbuf_prefetch_part1(mbufs[i]);
		rte_mbuf_prefetch_part2(mbufs[i]);
	}
	for (uint32_t i = 0; i < t->later_bytes; i += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(later + i);
	rte_prefetch0(at(t->later[0]));
	rte_prefetch0(at(t->later[1]));
}

static inline void transmit(struct turn *t)
{
	struct rte_mbuf **mbufs = at(t->tx_mbufs);
	if (t->later[0] != 0)
		look_ahead(t);
	uint32_t sent = rte_eth_tx_burst((uint16_t)t->port, (uint16_t)t->queue, mbufs,
					 (uint16_t)t->tx_count);
	t->sent = sent;
	t->tx_packets_total += sent;
	/* A sent mbuf is the port's, and nobody may look at it; what stayed is still ours to look at. */
	double left = (double)bytes_of(mbufs + sent, t->tx_count - sent);
	t->tx_bytes_total += t->tx_bytes - left;
	t->tx_bytes = left;
}

/* Writes what the device has to know of each mbuf; the sums come along. */
static inline uint64_t describe(struct rte_mbuf *const *mbufs, struct packet *packets, uint32_t n,
				int64_t delta, uint32_t *shortest, uint32_t *chained)
{
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct rte_mbuf *m = mbufs[i];
		uint32_t length = m->data_len;
		packets[i].addr = (uint64_t)(rte_pktmbuf_mtod(m, intptr_t) + delta);
		packets[i].size = length;
		*shortest = length < *shortest ? length : *shortest;
		*chained += m->nb_segs > 1;
		bytes += m->pkt_len;
	}
	return bytes;
}

/*
 * The device has read this item's packets when they stood here last, and the sender its mbufs: each
 * line has to be taken back, which takes as long as several packets. Asked for together before they
 * are needed, they come side by side.
 */
static inline void take_back(const struct turn *t)
{
	const char *mbufs = at(t->rx_mbufs), *packets = at(t->rx_packets);
	for (uint32_t i = 0; packets != NULL && i < t->rx_max * sizeof(struct packet);
	     i += RTE_CACHE_LINE_SIZE)
		fetch_own(packets + i);
	for (uint32_t i = 0; i < t->rx_max * sizeof(struct rte_mbuf *); i += RTE_CACHE_LINE_SIZE)
		fetch_own(mbufs + i);
}

static inline void receive(struct turn *t)
{
	struct rte_mbuf **mbufs = at(t->rx_mbufs);
	struct packet *packets = at(t->rx_packets);
	uint32_t n = rte_eth_rx_burst((uint16_t)t->port, (uint16_t)t->queue, mbufs,
				      (uint16_t)t->rx_max);
	uint32_t shortest = UINT32_MAX, chained = 0;
	uint64_t bytes = packets == NULL ? bytes_of(mbufs, n) :
					   describe(mbufs, packets, n, t->delta, &shortest, &chained);
	/* Who sends in the same turn frees mbufs himself: they are in his cache. */
	if (n != 0 && t->tx_count == 0)
		fetch_next(mbufs[0]->pool, n);
	/*
	 * Frames in mapped device memory: the CPU keeps what it wrote there in write-combining buffers.
	 * A status stored later must not be seen before it.
	 */
	if (n != 0 && t->delta != 0)
		rte_wmb();
	t->received = n;
	t->shortest = shortest;
	t->chained = chained;
	t->rx_packets_total += n;
	t->rx_bytes = (double)bytes;
	t->rx_bytes_total += (double)bytes;
}

/* src/dpdk/turn.ts says so too. */
enum { STALL_US = 100 };
static uint64_t stall_cycles = UINT64_MAX; /* set before there is a turn */

/*
 * The time since this thread's last turn, this one included: work if this one moved packets, and
 * also if the last one did and nothing has waited since, for then they were being worked on.
 */
static inline void account(struct turn *t, uint64_t now, bool moved)
{
	uint64_t gap = now - lap.since;
	if (unlikely(gap >= stall_cycles) && lap.since != 0) {
		t->stalls++;
		t->stalled_cycles += (double)gap;
	}
	lap_mark(now, moved || lap.working);
	lap.since = now;
	lap.working = moved;
	t->busy_cycles += (double)lap.busy;
	t->idle_cycles += (double)lap.idle;
	lap.busy = lap.idle = 0;
}

/* Sends what is to be sent, then receives from the same port and queue: one call a burst. */
static napi_value turn(napi_env env, napi_callback_info info)
{
	struct turn *t;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&t);
	t->sent = t->received = 0;
	if (t->rx_max != 0)
		take_back(t);
	if (likely(t->gated == 0) || gate_enter()) {
		if (t->tx_count != 0)
			transmit(t);
		if (t->rx_max != 0)
			receive(t);
		if (t->gated != 0)
			gate_leave();
	}
	bool moved = (t->sent | t->received) != 0;
	uint64_t now = rte_rdtsc();
	t->calls++;
	t->empty += !moved;
	t->tsc = (double)now;
	account(t, now, moved);
	return NULL;
}

/* Fingerprints of whole frames, for verification: what src/methods/verify.ts compares. */
struct digest {
	uint64_t mbufs;  /* struct rte_mbuf *[count]    @0 */
	uint64_t out;    /* struct fingerprint[count]   @8 */
	uint32_t count;  /*                             @16 */
	uint32_t skip;   /* bytes the sum leaves out    @20 */
};

struct fingerprint {
	uint8_t head[16];  /* the first bytes, zero-filled             @0 */
	uint64_t sum;      /* of the bytes after `skip`                @16 */
	uint32_t length;   /* of the whole frame                       @24 */
	uint32_t segments; /*                                          @28 */
};

/* A multiplicative 64-bit hash, eight bytes a step; chain boundaries do not change it. */
static inline uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9E3779B97F4A7C15u;
	return h ^ (h >> 29);
}

static void fingerprint(const struct rte_mbuf *m, uint32_t skip, struct fingerprint *out)
{
	uint64_t h = 0, word = 0;
	uint32_t filled = 0, position = 0;
	memset(out, 0, sizeof(*out));
	out->length = m->pkt_len;
	out->segments = m->nb_segs;
	for (; m != NULL; m = m->next) {
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
		uint32_t i = 0;
		for (; i < m->data_len && position < skip; i++, position++)
			if (position < sizeof(out->head))
				out->head[position] = p[i];
		for (; filled == 0 && i + 8 <= m->data_len; i += 8) {
			memcpy(&word, p + i, 8);
			h = mix(h, word);
			word = 0;
		}
		for (; i < m->data_len; i++) {
			word |= (uint64_t)p[i] << (8 * filled);
			if (++filled == 8) {
				h = mix(h, word);
				filled = 0, word = 0;
			}
		}
	}
	out->sum = mix(h, word);
}

static napi_value digest(napi_env env, napi_callback_info info)
{
	struct digest *d;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&d);
	struct rte_mbuf **mbufs = (struct rte_mbuf **)(uintptr_t)d->mbufs;
	struct fingerprint *out = (struct fingerprint *)(uintptr_t)d->out;
	for (uint32_t i = 0; i < d->count; i++)
		fingerprint(mbufs[i], d->skip, &out[i]);
	return NULL;
}

/* Frames that an lcore makes itself, and frees. src/dpdk/frame-maker.ts has the same layout: change both. */
struct frames {
	double pool;      /* struct rte_mempool *                             @0  */
	double mbufs;     /* struct rte_mbuf *[count]: to fill, or to free    @8  */
	double packets;   /* {addr, size}[count] to fill beside, 0: unwanted  @16 */
	int64_t delta;    /* device address - CPU address                     @24 */
	uint32_t count;   /*                                                  @32 */
	uint32_t bytes;   /* of each frame                                    @36 */
	uint32_t made;    /* result: count, or 0 where the pool has too few; of keepFrames, those kept @40 */
	uint32_t room;    /* of what keepFrames keeps, at most                @44 */
	double kept;      /* where an array of struct rte_mbuf * begins, which grows downwards @48 */
};

static napi_value make_frames(napi_env env, napi_callback_info info)
{
	struct frames *f;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&f);
	struct rte_mbuf **mbufs = at(f->mbufs);
	uint32_t shortest = UINT32_MAX, chained = 0;
	f->made = 0;
	if (rte_pktmbuf_alloc_bulk(at(f->pool), mbufs, f->count) != 0)
		return NULL;
	for (uint32_t i = 0; i < f->count; i++) {
		if (rte_pktmbuf_append(mbufs[i], (uint16_t)f->bytes) != NULL)
			continue;
		rte_pktmbuf_free_bulk(mbufs, f->count);
		return throw_errno(env, "rte_pktmbuf_append", ENOSPC);
	}
	if (f->packets != 0)
		describe(mbufs, at(f->packets), f->count, f->delta, &shortest, &chained);
	f->made = f->count;
	return NULL;
}

/* Whether a frame is what make_frames makes, whatever its bytes are now. */
static inline bool as_made(const struct rte_mbuf *m, const struct rte_mempool *pool, uint32_t bytes)
{
	return m->pool == pool && m->nb_segs == 1 && m->pkt_len == bytes &&
	       m->data_off == RTE_PKTMBUF_HEADROOM && rte_mbuf_refcnt_read(m) == 1 &&
	       (m->ol_flags & ~RTE_MBUF_F_EXTERNAL) == 0 &&
	       (!RTE_MBUF_HAS_EXTBUF(m) || RTE_MBUF_HAS_PINNED_EXTBUF(m));
}

/*
 * Of frames that came back, keeps those that can go out again as they are, and frees the others. Only
 * reads what it keeps: a line that nobody writes stays in the caches of all who look at it.
 */
static napi_value keep_frames(napi_env env, napi_callback_info info)
{
	struct frames *f;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&f);
	struct rte_mbuf **mbufs = at(f->mbufs), **kept = at(f->kept);
	f->made = 0;
	for (uint32_t i = 0; i < f->count; i++) {
		if (f->made < f->room && likely(as_made(mbufs[i], at(f->pool), f->bytes)))
			kept[-(int32_t)++f->made] = mbufs[i];
		else
			rte_pktmbuf_free(mbufs[i]);
	}
	return NULL;
}

static napi_value free_frames(napi_env env, napi_callback_info info)
{
	const struct frames *f;
	napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&f);
	rte_pktmbuf_free_bulk(at(f->mbufs), f->count);
	return NULL;
}

/* bindMakeFrames(block), bindKeepFrames, bindFreeFrames → () => void, over the struct frames there */
static napi_value bind_make_frames(napi_env env, napi_callback_info info)
{
	return bound(env, info, "makeFrames", make_frames);
}

static napi_value bind_keep_frames(napi_env env, napi_callback_info info)
{
	return bound(env, info, "keepFrames", keep_frames);
}

static napi_value bind_free_frames(napi_env env, napi_callback_info info)
{
	return bound(env, info, "freeFrames", free_frames);
}

/* bindTurn(block) → () => void: `turn` over the struct turn at that address */
static napi_value bind_turn(napi_env env, napi_callback_info info)
{
	stall_cycles = rte_get_tsc_hz() / 1000000 * STALL_US;
	return bound(env, info, "turn", turn);
}

/* bindDigest(block) → () => void: `digest` over the struct digest at that address */
static napi_value bind_digest(napi_env env, napi_callback_info info)
{
	return bound(env, info, "digest", digest);
}

/* packetsDescribe(mbufs, packets, count, delta): fills {addr, size} from an array of mbufs */
static napi_value packets_describe(napi_env env, napi_callback_info info)
{
	ARGS(4);
	uint32_t shortest = UINT32_MAX, chained = 0;
	describe(arg_pointer(env, argv[0]), arg_pointer(env, argv[1]), arg_u32(env, argv[2]),
		 (int64_t)arg_double(env, argv[3]), &shortest, &chained);
	return NULL;
}

/*
 * packetWrite(mbuf, address, length) → whether the bytes fit: makes them the frame of an empty mbuf,
 * chaining more from its pool as needed. packetRead(mbuf, address, room) → the frame's length.
 */
static napi_value packet_write(napi_env env, napi_callback_info info)
{
	ARGS(3);
	struct rte_mbuf *m = arg_pointer(env, argv[0]), *last = m;
	const uint8_t *from = arg_pointer(env, argv[1]);
	uint32_t left = arg_u32(env, argv[2]);
	bool fits = true;
	do {
		uint32_t n = RTE_MIN(left, (uint32_t)rte_pktmbuf_tailroom(last));
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), from, n);
		from += n, left -= n;
		if (left == 0)
			break;
		last = rte_pktmbuf_alloc(m->pool);
		fits = last != NULL && rte_pktmbuf_chain(m, last) == 0;
	} while (fits);
	napi_value ok;
	napi_get_boolean(env, fits, &ok);
	return ok;
}

static napi_value packet_read(napi_env env, napi_callback_info info)
{
	ARGS(3);
	const struct rte_mbuf *m = arg_pointer(env, argv[0]);
	uint8_t *to = arg_pointer(env, argv[1]);
	uint32_t n = RTE_MIN(m->pkt_len, arg_u32(env, argv[2]));
	const void *from = rte_pktmbuf_read(m, 0, n, to);
	if (from != NULL && from != to)
		memcpy(to, from, n);
	return number(env, m->pkt_len);
}

const struct method burst_methods[] = {
	{ "bindTurn", bind_turn },       { "bindDigest", bind_digest },
	{ "bindMakeFrames", bind_make_frames }, { "bindKeepFrames", bind_keep_frames },
	{ "bindFreeFrames", bind_free_frames },
	{ "packetsDescribe", packets_describe },
	{ "packetWrite", packet_write }, { "packetRead", packet_read },
	{ NULL, NULL },
};
