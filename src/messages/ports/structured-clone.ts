/**
 * Structured clone by way of bytes, for what goes to another process. Node's own serializer (v8.serialize, and the IPC of a
 * child process) makes views of a common piece of memory of what comes: `.buffer` is the whole frame then, or Node's
 * pool with other data of the program in it. V8's makes memory of its own for each ArrayBuffer, as between threads.
 */

/** Taken where it is used: it costs a thread a millisecond, and most send nothing to a process. */
const v8 = () => process.getBuiltinModule("node:v8");

/** Throws what cannot be cloned: a function, and between processes a port or shared memory. */
export function encode(value: unknown): Uint8Array {
  const serializer = new (v8().Serializer)();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** Throws where the bytes are none of `encode`. */
export function decode(bytes: Uint8Array): unknown {
  const deserializer = new (v8().Deserializer)(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
