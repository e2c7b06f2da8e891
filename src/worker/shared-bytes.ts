/** Bytes that many threads read: what V8 has made of a text is the same for all, and a copy for each would be most of what it weighs. */
export function shared(bytes: Uint8Array): Uint8Array {
  const made = new Uint8Array(new SharedArrayBuffer(bytes.length));
  made.set(bytes);
  return made;
}
