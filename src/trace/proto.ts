/*
 * Protocol buffers on the wire (protobuf.dev, "Encoding"), as much of it as traces need: a field is a
 * key, `number << 3 | type`, and a value.
 */
export const WIRE = { VARINT: 0, FIXED64: 1, BYTES: 2 } as const;

/** Writes one message. Numbers are whole, from 0 to 2^53. */
export class ProtoWriter {
  private buffer = Buffer.alloc(256);
  private length = 0;

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  varint(field: number, value: number): void {
    this.key(field, WIRE.VARINT);
    this.number(value);
  }

  fixed64(field: number, value: number): void {
    this.key(field, WIRE.FIXED64);
    this.reserve(8);
    this.length = this.buffer.writeBigUInt64LE(BigInt(value), this.length);
  }

  double(field: number, value: number): void {
    this.key(field, WIRE.FIXED64);
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  text(field: number, value: string): void {
    this.raw(field, Buffer.from(value));
  }

  message(field: number, fill: (writer: ProtoWriter) => void): void {
    const inner = new ProtoWriter();
    fill(inner);
    this.raw(field, inner.bytes);
  }

  private raw(field: number, bytes: Uint8Array): void {
    this.key(field, WIRE.BYTES);
    this.number(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private key(field: number, type: number): void {
    this.number(field * 8 + type);
  }

  private number(value: number): void {
    this.reserve(10);
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128))
      this.buffer[this.length++] = (left % 128) + 128;
    this.buffer[this.length++] = left;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.alloc(2 * (this.length + bytes));
    larger.set(this.bytes);
    this.buffer = larger;
  }
}

/** A field as it was read: a number for VARINT, the bytes of anything else. */
export type Field =
  | { readonly field: number; readonly type: typeof WIRE.VARINT; readonly value: number }
  | {
      readonly field: number;
      readonly type: typeof WIRE.FIXED64 | typeof WIRE.BYTES;
      readonly value: Buffer;
    };

/** The fields of a message. Throws an Error where the bytes are none. */
export function* readFields(message: Buffer): Generator<Field> {
  let at = 0;
  const take = (bytes: number): Buffer => {
    if (at + bytes > message.length) throw new Error(`the message ends within a field at ${at}`);
    at += bytes;
    return message.subarray(at - bytes, at);
  };
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const [byte] = take(1);
      value += (byte % 128) * scale;
      if (byte < 128) break;
    }
    if (!Number.isSafeInteger(value)) throw new Error(`a number at ${at} is over 2^53`);
    return value;
  };
  while (at < message.length) {
    const key = number();
    const [field, type] = [Math.floor(key / 8), key % 8];
    if (field === 0) throw new Error(`there is no field 0, as at ${at}`);
    if (type === WIRE.VARINT) yield { field, type, value: number() };
    else if (type === WIRE.FIXED64) yield { field, type, value: take(8) };
    else if (type === WIRE.BYTES) yield { field, type, value: take(number()) };
    else throw new Error(`field ${field} has wire type ${type}`);
  }
}
