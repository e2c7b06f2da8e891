/** A copy that many threads read: what V8 has made of a text is the same for all of them. */
export function shared(bytes: Uint8Array): Uint8Array {
  const made = new Uint8Array(new SharedArrayBuffer(bytes.length));
  made.set(bytes);
  return made;
}
