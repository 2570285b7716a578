import { ANNOTATION, DESCRIPTOR, EVENT, PACKET, PROCESS, TRACE, TYPE } from './perfetto.js';
import { type Field, readFields, WIRE } from './proto.js';
import type { Slice, Timeline, Track } from './timeline.js';

/**
 * Reads what `encodeTrace` writes, and no more of the format than that: every field must be one it
 * knows, of the type that Perfetto's .proto files give it; a track is described before anything
 * happens on it; on a track time goes on, and what begins ends, the last first. Throws an Error that
 * says what is wrong.
 */
export function decodeTrace(bytes: Uint8Array): Timeline {
  const decoder = new Decoder();
  for (const packet of messages(Buffer.from(bytes), TRACE)) decoder.packet(packet.packet[0]);
  return decoder.timeline;
}

type Values = Record<string, Field[]>;

/** The fields of each message in a row of one repeated field. */
function* messages(buffer: Buffer, names: Record<string, number>): Generator<Values> {
  for (const field of readFields(buffer)) yield { [nameOf(field, names)]: [field] };
}

function valuesOf(field: Field, names: Record<string, number>): Values {
  if (field.type !== WIRE.BYTES) throw new Error(`field ${field.field} is no message`);
  const values: Values = {};
  for (const inner of readFields(field.value)) {
    const name = nameOf(inner, names);
    values[name] = [...(values[name] ?? []), inner];
  }
  return values;
}

function nameOf({ field }: Field, names: Record<string, number>): string {
  const known = Object.entries(names).find(([, number]) => number === field);
  if (known === undefined) throw new Error(`no field ${field} beside ${Object.keys(names)}`);
  return known[0];
}

interface ReadTrack {
  readonly name: string;
  readonly parent?: number;
  readonly rank: number;
  readonly slices: Slice[];
  readonly open: (Slice & { to: number })[];
  time: number;
  children: number;
}

class Decoder {
  private readonly tracks = new Map<number, ReadTrack>();
  private process: number | undefined;

  packet(field: Field): void {
    const packet = valuesOf(field, PACKET);
    number(packet, 'trusted_packet_sequence_id');
    if (packet.track_descriptor !== undefined) this.descriptor(packet.track_descriptor[0]);
    else if (packet.track_event !== undefined)
      this.event(packet.track_event[0], number(packet, 'timestamp'));
    else throw new Error('a packet holds nothing');
  }

  get timeline(): Timeline {
    for (const { name, open } of this.tracks.values())
      if (open.length > 0) throw new Error(`${name}: ${open.at(-1)?.name} does not end`);
    const root = this.tracks.get(this.process ?? 0);
    if (root === undefined) throw new Error('no process is described');
    const leaves = [...this.tracks.values()].filter((track) => track !== root && !track.children);
    const about = root.slices.find(({ name }) => name === 'about')?.args ?? {};
    return { name: root.name, about, tracks: leaves.map((track) => this.leaf(track)) };
  }

  private leaf({ name, parent, slices }: ReadTrack): Track {
    const above = this.tracks.get(parent as number) as ReadTrack;
    return { name, ...(parent !== this.process && { group: above.name }), slices };
  }

  private descriptor(field: Field): void {
    const values = valuesOf(field, DESCRIPTOR);
    const uuid = number(values, 'uuid');
    if (this.tracks.has(uuid)) throw new Error(`track ${uuid} is described twice`);
    const isProcess = values.process !== undefined;
    const parent = isProcess ? undefined : number(values, 'parent_uuid');
    const above = this.tracks.get(parent ?? 0);
    if (!isProcess && above === undefined) throw new Error(`track ${uuid} has no parent`);
    if (above !== undefined) above.children++;
    if (isProcess) this.process = uuid;
    const name = isProcess
      ? text(valuesOf(values.process[0], PROCESS), 'process_name')
      : text(values, 'name');
    const rank = isProcess ? 0 : number(values, 'sibling_order_rank');
    this.tracks.set(uuid, { name, parent, rank, slices: [], open: [], time: 0, children: 0 });
  }

  private event(field: Field, time: number): void {
    const values = valuesOf(field, EVENT);
    const uuid = number(values, 'track_uuid');
    const track = this.tracks.get(uuid);
    if (track === undefined)
      throw new Error(`an event is on track ${uuid}, which is not described`);
    if (time < track.time) throw new Error(`${track.name}: time goes back to ${time}`);
    track.time = time;
    const type = number(values, 'type');
    if (type === TYPE.SLICE_END) {
      const slice = track.open.pop();
      if (slice === undefined) throw new Error(`${track.name}: nothing is there to end at ${time}`);
      slice.to = time;
      return;
    }
    const slice = { name: text(values, 'name'), from: time, to: time, ...more(values) };
    track.slices.push(slice);
    if (type === TYPE.SLICE_BEGIN) track.open.push(slice);
    else if (type !== TYPE.INSTANT) throw new Error(`${track.name}: no event has type ${type}`);
  }
}

function more(values: Values): Partial<Slice> {
  const args = (values.debug_annotations ?? []).map((field) => {
    const note = valuesOf(field, ANNOTATION);
    return [text(note, 'name'), annotation(note)] as const;
  });
  const [flow] = values.flow_ids ?? [];
  if (flow !== undefined && flow.type !== WIRE.FIXED64) throw new Error('flow_ids is no fixed64');
  return {
    ...(args.length > 0 && { args: Object.fromEntries(args) }),
    ...(flow !== undefined && { flow: Number((flow.value as Buffer).readBigUInt64LE()) }),
  };
}

function annotation(note: Values): string | number {
  if (note.string_value !== undefined) return text(note, 'string_value');
  if (note.int_value !== undefined) return number(note, 'int_value');
  const [field] = note.double_value ?? [];
  if (field?.type !== WIRE.FIXED64) throw new Error('an annotation has no value');
  return field.value.readDoubleLE();
}

function number(values: Values, name: string): number {
  const [field] = values[name] ?? [];
  if (field?.type !== WIRE.VARINT) throw new Error(`${name} is missing, or no number`);
  return field.value;
}

function text(values: Values, name: string): string {
  const [field] = values[name] ?? [];
  if (field?.type !== WIRE.BYTES) throw new Error(`${name} is missing, or no text`);
  return new TextDecoder('utf-8', { fatal: true }).decode(field.value);
}
