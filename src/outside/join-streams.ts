/** Two ends made one, in both directions: as whatever leads connections on needs it, at node ports, through upgrades and forwarded ports. */
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a pipeline in both directions, and who has made the connection, listen for at one end. */
const listenersOfOne = 30;

/**
 * Resolves when both have ended; either may end its half and go on reading. Rejects when one of them fails or leaves before. Node warns of more
 * than ten listeners as of a leak, and a pipeline there and back has nearly as many by itself.
 */
export async function joinStreams(one: Duplex, other: Duplex): Promise<void> {
  for (const end of [one, other]) {
    const most = end.getMaxListeners();
    if (most !== 0 && most < listenersOfOne) end.setMaxListeners(listenersOfOne);
  }
  await pipeline(one, other, one);
}
