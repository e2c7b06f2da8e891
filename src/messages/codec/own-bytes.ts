/**
 * Buffers without what lies beside them. A short Buffer of Node is a part of a pool that all of the program shares, and
 * structured clone copies the memory behind a view as a whole: a Buffer of three bytes would take 8 KB along that other
 * code has written. So a value with such Buffers is copied, and each Buffer in the copy has memory of its own length.
 * Other typed arrays go as they are: their memory is what their owner made.
 */

/** @param transfer memory that moves as a whole, with the views onto it */
export function withOwnBytes(value: unknown, transfer: readonly unknown[] = []): unknown {
  const copies = new Map<object, unknown>();
  const own = (at: unknown): unknown => {
    if (typeof at !== "object" || at === null) return at;
    const known = copies.get(at);
    if (known !== undefined) return known;
    const copied = copy(at);
    if (copied === undefined) {
      copies.set(at, at);
      return at;
    }
    return copied;
  };
  const copy = (at: object): unknown => {
    if (Buffer.isBuffer(at)) {
      if (!isPooled(at) || transfer.includes(at.buffer)) return undefined;
      const bytes = new Uint8Array(at);
      copies.set(at, bytes);
      return bytes;
    }
    if (Array.isArray(at)) {
      const list: unknown[] = new Array(at.length);
      copies.set(at, list);
      // A list may have holes, and keys that are no places.
      for (const key of Object.keys(at)) Reflect.set(list, key, own(Reflect.get(at, key)));
      return list;
    }
    if (at instanceof Map) {
      const map = new Map();
      copies.set(at, map);
      for (const [key, item] of at) map.set(own(key), own(item));
      return map;
    }
    if (at instanceof Set) {
      const set = new Set();
      copies.set(at, set);
      for (const item of at) set.add(own(item));
      return set;
    }
    if (!isOfFields(at)) return undefined;
    const fields: Record<string, unknown> = {};
    copies.set(at, fields);
    for (const key of Object.keys(at)) {
      const item = own((at as Record<string, unknown>)[key]);
      Object.defineProperty(fields, key, {
        value: item,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return fields;
  };
  return own(value);
}

/** A Buffer that is a part of a larger piece of memory, which is not shared on purpose. */
export function isPooled(view: ArrayBufferView): boolean {
  return (
    Buffer.isBuffer(view) && view.byteLength < view.buffer.byteLength && view.buffer instanceof ArrayBuffer
  );
}

/**
 * What is of no class, or of one that a worker has written: structured clone takes its fields and nothing else. The classes of
 * Node that can be cloned have symbols in their prototypes.
 */
function isOfFields(object: object): boolean {
  if (Object.prototype.toString.call(object) !== "[object Object]") return false;
  let at: object | null = Object.getPrototypeOf(object);
  for (; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.getOwnPropertySymbols(at).length > 0) return false;
  }
  return true;
}
