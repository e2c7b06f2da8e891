/**
 * Whether a TLS client says which host it wants (the extension server_name, RFC 6066, section 3). Node adds the certificate for that host
 * to the one that a server has already, and a client may then be shown the other one: so a server with a certificate of its own is only for
 * clients that name no host.
 */

/** What stands before the session id: the headers of record and message, the version and the random bytes (RFC 8446, 4.1.2). */
const fixedBytes = 5 + 4 + 2 + 32;
const serverName = 0;

/** @param hello what has come first; where that is not all of it, the client is taken to name a host, as nearly all do */
export function namesHost(hello: Buffer): boolean {
  let at = fixedBytes;
  const has = (bytes: number) => at + bytes <= hello.length;
  // The session id, the cipher suites and the compression methods, each behind its length.
  for (const lengthBytes of [1, 2, 1]) {
    if (!has(lengthBytes)) return true;
    at += lengthBytes + hello.readUIntBE(at, lengthBytes);
  }
  if (!has(2)) return true;
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at < end) {
    if (!has(4)) return true;
    if (hello.readUInt16BE(at) === serverName) return true;
    at += 4 + hello.readUInt16BE(at + 2);
  }
  return false;
}
