/**
 * Where a port of a pod is listened on: a Unix socket in a folder of the cluster, or a named pipe on Windows. So every pod can
 * listen on port 80, without any rights and beside the cluster of a neighbour, and on every system. The node connects there
 * first (node/streams/dial.ts), and so do the programs of other pods.
 */

/** The sockets of a cluster as one of its pods sees them. */
export interface PodSockets {
  /** What all their paths begin with. */
  readonly prefix: string;
  /** The pod's own address. */
  readonly podIP: string;
}

/** At most some 90 characters: systems allow 103. */
export function socketPath(prefix: string, podIP: string, port: number): string {
  return `${prefix}${podIP}-${port}`;
}
