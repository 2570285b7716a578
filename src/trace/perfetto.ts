import { ProtoWriter } from './proto.js';
import { inOrder, type Slice, type Timeline, type Track } from './timeline.js';

/*
 * Perfetto's own trace format: a `Trace`, which is a row of `TracePacket`s in protocol buffers, as
 * "Writing TrackEvent Protos Synthetically" (perfetto.dev, docs/reference) has it. Names here are those
 * of protos/perfetto/trace/*.proto, the numbers theirs.
 */
export const TRACE = { packet: 1 } as const;
export const PACKET = {
  timestamp: 8,
  trusted_packet_sequence_id: 10,
  track_event: 11,
  track_descriptor: 60,
} as const;
export const DESCRIPTOR = {
  uuid: 1,
  name: 2,
  process: 3,
  parent_uuid: 5,
  child_ordering: 11,
  sibling_order_rank: 12,
} as const;
export const PROCESS = { pid: 1, process_name: 6 } as const;
export const EVENT = {
  debug_annotations: 4,
  type: 9,
  track_uuid: 11,
  categories: 22,
  name: 23,
  flow_ids: 47,
} as const;
export const ANNOTATION = { int_value: 4, double_value: 5, string_value: 6, name: 10 } as const;
export const TYPE = { SLICE_BEGIN: 1, SLICE_END: 2, INSTANT: 3 } as const;

/** ChildTracksOrdering.EXPLICIT: by sibling_order_rank. */
const EXPLICIT = 3;
/** Every packet is of one sequence: whoever writes a trace by hand chooses its number. */
const SEQUENCE = 1;
const PROCESS_TRACK = 1;

/** A timeline as the bytes of a file for ui.perfetto.dev and Perfetto's trace processor. */
export function encodeTrace(timeline: Timeline, pid: number): Uint8Array {
  const encoder = new Encoder();
  encoder.process(timeline, pid);
  for (const [rank, track] of timeline.tracks.entries()) encoder.track(track, rank);
  return encoder.bytes;
}

class Encoder {
  private readonly trace = new ProtoWriter();
  private readonly groups = new Map<string, number>();
  private uuid = PROCESS_TRACK;

  get bytes(): Uint8Array {
    return this.trace.bytes;
  }

  /** The process's track, with what is known of the run as a moment at its beginning. */
  process({ name, about }: Timeline, pid: number): void {
    this.descriptor(PROCESS_TRACK, (writer) => {
      writer.message(DESCRIPTOR.process, (process) => {
        process.varint(PROCESS.pid, pid);
        process.text(PROCESS.process_name, name);
      });
      writer.varint(DESCRIPTOR.child_ordering, EXPLICIT);
    });
    this.event(PROCESS_TRACK, 0, TYPE.INSTANT, { name: 'about', from: 0, to: 0, args: about });
  }

  track({ name, group, slices }: Track, rank: number): void {
    const parent = group === undefined ? PROCESS_TRACK : this.group(group, rank);
    const uuid = this.child(name, parent, rank);
    // What is open, from the outermost on.
    const open: Slice[] = [];
    const closeUntil = (time: number) => {
      for (let last = open.at(-1); last !== undefined && last.to <= time; last = open.at(-1)) {
        this.event(uuid, last.to, TYPE.SLICE_END);
        open.pop();
      }
    };
    for (const slice of inOrder(slices)) {
      closeUntil(slice.from);
      if (slice.from === slice.to) this.event(uuid, slice.from, TYPE.INSTANT, slice);
      else {
        this.event(uuid, slice.from, TYPE.SLICE_BEGIN, slice);
        // What began in another slice ends with it at the latest: others cannot be drawn.
        open.push({ ...slice, to: Math.min(slice.to, open.at(-1)?.to ?? Infinity) });
      }
    }
    closeUntil(Infinity);
  }

  private group(name: string, rank: number): number {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const made = this.child(name, PROCESS_TRACK, rank);
    this.groups.set(name, made);
    return made;
  }

  private child(name: string, parent: number, rank: number): number {
    const uuid = ++this.uuid;
    this.descriptor(uuid, (writer) => {
      writer.text(DESCRIPTOR.name, name);
      writer.varint(DESCRIPTOR.parent_uuid, parent);
      writer.varint(DESCRIPTOR.child_ordering, EXPLICIT);
      writer.varint(DESCRIPTOR.sibling_order_rank, rank);
    });
    return uuid;
  }

  private descriptor(uuid: number, fill: (writer: ProtoWriter) => void): void {
    this.trace.message(TRACE.packet, (packet) => {
      packet.varint(PACKET.trusted_packet_sequence_id, SEQUENCE);
      packet.message(PACKET.track_descriptor, (writer) => {
        writer.varint(DESCRIPTOR.uuid, uuid);
        fill(writer);
      });
    });
  }

  private event(uuid: number, time: number, type: number, slice?: Slice): void {
    this.trace.message(TRACE.packet, (packet) => {
      packet.varint(PACKET.timestamp, time);
      packet.varint(PACKET.trusted_packet_sequence_id, SEQUENCE);
      packet.message(PACKET.track_event, (event) => {
        event.varint(EVENT.type, type);
        event.varint(EVENT.track_uuid, uuid);
        if (slice === undefined) return;
        event.text(EVENT.categories, 'warpline');
        event.text(EVENT.name, slice.name);
        if (slice.flow !== undefined) event.fixed64(EVENT.flow_ids, slice.flow);
        for (const [name, value] of Object.entries(slice.args ?? {}))
          event.message(EVENT.debug_annotations, (note) => {
            note.text(ANNOTATION.name, name);
            if (typeof value === 'string') note.text(ANNOTATION.string_value, value);
            else if (Number.isSafeInteger(value) && value >= 0)
              note.varint(ANNOTATION.int_value, value);
            else note.double(ANNOTATION.double_value, value);
          });
      });
    });
  }
}
